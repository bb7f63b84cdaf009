#include "net/plain_connection.h"

#include "base/text.h"
#include "net/gzip.h"
#include "net/transfers.h"

#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <sys/socket.h>
#include <utility>

namespace tocsin::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kReadBlock = 64 * 1024;
constexpr std::size_t kIdleBufferMax = 16 * 1024;
// 100 Continue and the like, before the answer.
constexpr int kInterimAnswersMax = 16;

struct LimitedBody {
  struct value_type {
    std::string bytes;
    std::size_t bytes_max = 0;
  };

  class reader {
   public:
    template <bool IsRequest, class Fields>
    reader(http::header<IsRequest, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>& length, error_code& error) {
      error = {};
      if (!length) return;
      if (*length > body_.bytes_max) error = http::error::body_limit;
      if (!error) body_.bytes.reserve(RoomFor(*length, body_.bytes_max));
    }

    template <class Buffers>
    std::size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      const std::size_t size = asio::buffer_size(buffers);
      if (size > body_.bytes_max - body_.bytes.size()) {
        error = http::error::body_limit;
        return 0;
      }
      for (const auto buffer : boost::beast::buffers_range_ref(buffers)) {
        body_.bytes.append(static_cast<const char*>(buffer.data()), buffer.size());
      }
      return size;
    }

    void finish(error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

std::string RenderHead(const OutgoingRequest& request, bool accept_encoding) {
  std::string head;
  head.reserve(512);
  head.append(request.method)
      .append(" ")
      .append(request.url.path_and_query)
      .append(" HTTP/1.1\r\n");
  if (!request.HasHeader("Host")) {
    head.append("Host: ").append(request.url.HostHeader()).append("\r\n");
  }
  for (const OutgoingHeader& header : request.headers) {
    head.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (accept_encoding && !request.HasHeader("Accept-Encoding")) {
    head.append("Accept-Encoding: gzip\r\n");
  }
  const bool body_expected =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if ((body_expected || !request.body.empty()) && !request.HasHeader("Content-Length")) {
    head.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  return head.append("\r\n");
}

bool IsGzip(const HttpResponse& response) {
  const std::string encoding = AsciiLower(FindHeader(response.headers, "Content-Encoding"));
  return encoding == "gzip" || encoding == "x-gzip";
}

}  // namespace

struct PlainConnection::Impl : std::enable_shared_from_this<Impl> {
  using Parser = http::response_parser<LimitedBody>;

  explicit Impl(TcpConnect::Socket connected) : socket(std::move(connected)) {}

  void Perform(Request asked, Done callback) {
    request = std::move(asked);
    done = std::move(callback);
    interim_answers = 0;
    any_byte = false;
    writing = true;
    head = RenderHead(*request.request, request.accept_encoding);
    BeginAnswer();
    // A server may answer, and hang up, before it has read everything: what comes of the request
    // is told by the answer alone.
    asio::async_write(
        socket,
        std::array<asio::const_buffer, 2>{asio::buffer(head), asio::buffer(request.request->body)},
        [self = shared_from_this(), sent = request.request](const error_code& error, std::size_t) {
          self->writing = static_cast<bool>(error);
        });
    Read();
  }

  void BeginAnswer() {
    parser.emplace();
    parser->header_limit(kResponseHeadBytesMax);
    parser->body_limit(boost::none);
    parser->get().body().bytes_max = request.response_bytes_max;
    parser->eager(true);
    parser->skip(request.request->method == "HEAD");
    at_status_line = true;
  }

  void Read() {
    // What the parser leaves there is a header, or the head of a chunk, that is not whole.
    if (buffer.size() > kResponseHeadBytesMax) return Fail("invalid answer: a header is too long");
    socket.async_read_some(buffer.prepare(kReadBlock),
                           [self = shared_from_this()](const error_code& error, std::size_t count) {
                             if (!self->done) return;
                             if (error) return self->OnReadError(error);
                             self->any_byte = true;
                             self->buffer.commit(count);
                             self->Parse();
                           });
  }

  void Parse() {
    while (!parser->is_done() && buffer.size() > 0) {
      error_code error;
      if (at_status_line) CompleteStatusLine();
      const std::size_t parsed = parser->put(buffer.data(), error);
      at_status_line = at_status_line && parsed == 0;
      buffer.consume(parsed);
      if (error == http::error::need_more) break;
      if (error) return OnParseError(error);
      if (parser->is_done() && parser->get().result_int() < 200 && !SkipInterim()) return;
    }
    parser->is_done() ? OnAnswer() : Read();
  }

  // The space before a reason is required (RFC 9112, 4), but some servers that give no reason leave
  // it out, too. The parser would have none of their answer.
  void CompleteStatusLine() {
    constexpr std::string_view kShape = "HTTP/1.1 200\r";
    constexpr std::size_t kStatusEnd = kShape.size() - 1;
    if (buffer.size() < kShape.size()) return;
    const auto* const begin = static_cast<const char*>(buffer.data().data());
    if (begin[kStatusEnd] != '\r') return;
    const std::string rest(begin + kStatusEnd, buffer.size() - kStatusEnd);
    auto* const end = static_cast<char*>(buffer.prepare(1).data());
    buffer.commit(1);
    *(end - rest.size()) = ' ';
    std::copy(rest.begin(), rest.end(), end - rest.size() + 1);
  }

  // False: that is the end of the exchange.
  bool SkipInterim() {
    if (parser->get().result_int() == 101 || ++interim_answers > kInterimAnswersMax) {
      Fail("no answer but interim ones");
      return false;
    }
    BeginAnswer();
    return true;
  }

  void OnReadError(const error_code& error) {
    const bool end = error == asio::error::eof;
    if (end && any_byte) {
      error_code unfinished;
      // Of one that has seen nothing, as after an interim answer, the end would make an answer.
      if (parser->got_some()) parser->put_eof(unfinished);
      if (!unfinished && parser->is_done()) return OnAnswer();
      return Fail("the connection was closed within the answer");
    }
    const bool hung_up =
        end || error == asio::error::connection_reset || error == asio::error::broken_pipe;
    Fail(hung_up ? "the connection was closed before an answer" : error.message(),
         hung_up && !any_byte);
  }

  void OnParseError(const error_code& error) {
    if (error != http::error::body_limit) return Fail("invalid answer: " + error.message());
    Finish({tl::unexpected(TooLarge(request.response_bytes_max, Status())), false, false});
  }

  void OnAnswer() {
    HttpResponse response;
    response.status = Status();
    for (const auto& field : parser->get()) {
      response.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    response.body = std::move(parser->get().body().bytes);
    // What comes after the answer is none of ours.
    const bool reusable = parser->keep_alive() && !writing && buffer.size() == 0;
    if (request.accept_encoding && IsGzip(response) && !response.body.empty()) {
      Result<std::string> text = Gunzip(response.body, request.response_bytes_max);
      if (!text) return Fail("invalid answer: " + text.error().message);
      if (text->size() > request.response_bytes_max) {
        return Finish({tl::unexpected(TooLarge(request.response_bytes_max, response.status)),
                       reusable, false});
      }
      response.body = *std::move(text);
    }
    Finish({std::move(response), reusable, false});
  }

  int Status() const { return static_cast<int>(parser->get().result_int()); }

  int StatusSoFar() const { return parser && parser->is_header_done() ? Status() : 0; }

  void Fail(std::string reason, bool no_answer = false) {
    Finish(
        {tl::unexpected(HttpFailure{HttpFailure::Kind::kOther, std::move(reason), StatusSoFar()}),
         false, no_answer});
  }

  void Finish(Answer answer) {
    parser.reset();
    request.request.reset();  // It is the caller's again.
    if (buffer.capacity() > kIdleBufferMax) buffer.shrink_to_fit();
    std::exchange(done, nullptr)(std::move(answer));
  }

  TcpConnect::Socket socket;
  Request request;
  Done done;  // Null: no exchange is under way.
  std::string head;
  boost::beast::flat_buffer buffer;
  std::optional<Parser> parser;
  int interim_answers = 0;
  bool at_status_line = false;  // The buffer begins with it, and nothing of it has been parsed.
  bool any_byte = false;
  bool writing = false;  // Or it has failed.
};

PlainConnection::PlainConnection(TcpConnect::Socket socket)
    : impl_(std::make_shared<Impl>(std::move(socket))) {
  error_code ignored;
  impl_->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

PlainConnection::~PlainConnection() {
  impl_->done = nullptr;
  error_code ignored;
  impl_->socket.close(ignored);
}

bool PlainConnection::IsUsable() {
  char byte = 0;
  const ssize_t size = recv(impl_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

int PlainConnection::Status() const {
  return impl_->StatusSoFar();
}

void PlainConnection::Perform(Request request, Done done) {
  impl_->Perform(std::move(request), std::move(done));
}

}  // namespace tocsin::net
