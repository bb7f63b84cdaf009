#include "net/http_session.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "net/response_head.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace tocsin::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

// How long a connection that is being closed may take to notice. Closing a socket with unread data
// would reset it, and the client would lose the answer that says why.
constexpr Duration kLingerTimeout = std::chrono::seconds(2);
constexpr std::size_t kReadBlock = 64 * 1024;
constexpr std::size_t kIdleBufferMax = 16 * 1024;

// A request body in memory, counted against the server's budget as it grows, and not reserved in
// advance on the word of the client.
struct CountedBody {
  struct value_type {
    std::string bytes;
    BodyLease lease;
  };

  class reader {
   public:
    template <bool IsRequest, class Fields>
    reader(http::header<IsRequest, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>& length, error_code& error) {
      error = {};
      if (length) body_.bytes.reserve(std::min<std::size_t>(*length, kReadBlock));
    }

    template <class Buffers>
    std::size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      const std::size_t size = asio::buffer_size(buffers);
      if (!body_.lease.Grow(size)) {
        error = boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
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

std::string FormatEndpoint(const tcp::endpoint& endpoint) {
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  const std::string text = address.to_string();
  return (address.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(endpoint.port());
}

}  // namespace

struct Responder::Target {
  std::shared_ptr<LoopGate> gate;
  std::weak_ptr<Connection> connection;  // Locked on its own thread only.
  std::uint64_t request = 0;
  BodyLease body;
  std::atomic<bool> answered{false};

  void Answer(HttpResponse response) {
    if (answered.exchange(true)) return;
    body.Release();
    gate->Post([weak = connection, number = request, answer = std::move(response)]() mutable {
      if (const auto open = weak.lock()) open->Answer(number, std::move(answer));
    });
  }

  ~Target() {
    if (answered) return;
    HttpResponse response;
    response.status = 500;
    response.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
    response.body = "internal error: the request was not answered\n";
    Answer(std::move(response));
  }
};

void Responder::operator()(HttpResponse response) const {
  target_->Answer(std::move(response));
}

namespace {

// What a failed read means to the client.
struct Refusal {
  int status = 0;  // 0: nothing can be said any more.
  std::string text;
};

Refusal ExplainParseError(const error_code& error, const HttpServer::Options& options) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return {431,
            "request headers larger than " + std::to_string(options.header_bytes_max) + " bytes"};
  }
  if (error == http::error::body_limit) {
    return {413, "request body larger than " + std::to_string(options.body_bytes_max) + " bytes"};
  }
  if (error == boost::system::errc::not_enough_memory) {
    return {503, "too many request bytes in flight, try again later"};
  }
  const bool hung_up = error == http::error::end_of_stream || error == http::error::partial_message;
  if (hung_up || error.category() != make_error_code(http::error::bad_method).category()) return {};
  return {400, "malformed request: " + error.message()};
}

// The socket at the bottom of a stream; a session over TLS needs one more of these.
tcp::socket& SocketOf(tcp::socket& stream) {
  return stream;
}

// An HTTP/1.1 session.
template <class Stream>
class Session final : public Connection, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, Worker* worker, std::shared_ptr<HttpServerState> state)
      : stream_(std::move(stream)),
        worker_(worker),
        state_(std::move(state)),
        timer_(worker->io),
        buffer_(std::max(state_->options.header_bytes_max, kReadBlock) + kReadBlock) {
    error_code ignored;
    remote_address_ = FormatEndpoint(socket().remote_endpoint(ignored));
    socket().set_option(tcp::no_delay(true), ignored);
  }

  void Start() override { AwaitRequest(state_->options.header_timeout); }

  void Refuse() override {
    HttpResponse response = TextResponse(503, "too many connections");
    response.headers.push_back({"Retry-After", "1"});
    Write(std::move(response), false);
  }

  void Drain() override {
    if (idle_) Close();
  }

  void Close() override {
    if (closed_) return;
    closed_ = true;
    timer_.cancel();
    error_code ignored;
    socket().close(ignored);
    state_->RemoveConnection();
    worker_->connections.erase(this->shared_from_this());
  }

  void Answer(std::uint64_t request, HttpResponse response) override {
    if (closed_ || !answer_due_ || request != request_number_) return;
    answer_due_ = false;
    const bool keep_alive = parser_->keep_alive() && !state_->draining;
    Write(std::move(response), keep_alive);
  }

 private:
  tcp::socket& socket() { return SocketOf(stream_); }

  static HttpResponse TextResponse(int status, const std::string& text) {
    HttpResponse response;
    response.status = status;
    response.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
    response.headers.push_back({"X-Content-Type-Options", "nosniff"});
    response.body = text + "\n";
    return response;
  }

  // Cancels what the connection waits for; its handler finds `timed_out_`.
  void ArmTimer(Duration limit) {
    timed_out_ = false;
    timer_.expires_after(limit);
    timer_.async_wait([self = this->shared_from_this()](const error_code& error) {
      // Or it was set anew after it had run out.
      if (error || self->closed_ || self->timer_.expiry() > std::chrono::steady_clock::now())
        return;
      self->timed_out_ = true;
      error_code ignored;
      self->socket().cancel(ignored);
    });
  }

  // Waits for the first bytes of a request.
  void AwaitRequest(Duration limit) {
    if (state_->draining) return Close();
    idle_ = true;
    if (buffer_.capacity() > kIdleBufferMax) buffer_.shrink_to_fit();
    ArmTimer(limit);
    stream_.async_read_some(buffer_.prepare(2048), [self = this->shared_from_this()](
                                                       const error_code& error, std::size_t count) {
      if (self->closed_) return;
      if (error) return self->Close();
      self->buffer_.commit(count);
      self->ReadHeader();
    });
  }

  void ReadHeader() {
    idle_ = false;
    ++request_number_;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(state_->options.header_bytes_max));
    parser_->body_limit(state_->options.body_bytes_max);
    parser_->get().body().lease = BodyLease(state_);
    ArmTimer(state_->options.header_timeout);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](const error_code& error, std::size_t) {
          if (self->closed_) return;
          if (error) return self->OnReadError(error);
          self->OnHeader();
        });
  }

  void OnReadError(const error_code& error) {
    if (timed_out_) return RefuseRequest({408, "the request did not arrive in time"});
    Refusal refusal = ExplainParseError(error, state_->options);
    if (refusal.status == 0) return Close();
    RefuseRequest(refusal);
  }

  void RefuseRequest(const Refusal& refusal) {
    state_->requests_refused.fetch_add(1, std::memory_order_relaxed);
    HttpResponse response = TextResponse(refusal.status, refusal.text);
    if (refusal.status == 503) response.headers.push_back({"Retry-After", "1"});
    Write(std::move(response), false);
  }

  // RFC 9112, 3.2 and 6.1: what must be refused before the body is read.
  std::optional<Refusal> CheckHeader() {
    const auto& request = parser_->get();
    if (request.version() >= 11 && request.count(http::field::host) != 1) {
      return Refusal{400, "missing or repeated Host header"};
    }
    if (request.count(http::field::transfer_encoding) > 0 && !parser_->chunked()) {
      return Refusal{501, "unsupported transfer encoding"};
    }
    target_ = ParseRequestTarget({request.target().data(), request.target().size()});
    if (!target_) return Refusal{400, "malformed request target"};
    return std::nullopt;
  }

  void OnHeader() {
    if (const std::optional<Refusal> refusal = CheckHeader()) return RefuseRequest(*refusal);
    if (parser_->is_done()) return Dispatch();
    const auto& request = parser_->get();
    const auto expect = request[http::field::expect];
    if (expect.empty() || request.version() < 11) return ReadBody();
    if (AsciiLower({expect.data(), expect.size()}) != "100-continue") {
      return RefuseRequest({417, "unsupported expectation"});
    }
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    ArmTimer(state_->options.write_timeout);
    asio::async_write(stream_, asio::buffer(kContinue),
                      [self = this->shared_from_this()](const error_code& error, std::size_t) {
                        if (self->closed_) return;
                        if (error) return self->Close();
                        self->ReadBody();
                      });
  }

  void ReadBody() {
    ArmTimer(state_->options.body_timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](const error_code& error, std::size_t) {
                       if (self->closed_) return;
                       if (error) return self->OnReadError(error);
                       self->Dispatch();
                     });
  }

  void Dispatch() {
    timer_.cancel();
    auto& message = parser_->get();
    ServerRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.path = std::move(target_->path);
    request.query = std::move(target_->query);
    for (const auto& field : message) {
      request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    request.body = std::move(message.body().bytes);
    request.remote_address = remote_address_;
    head_only_ = message.method() == http::verb::head;

    auto target = std::make_shared<Responder::Target>();
    target->gate = worker_->gate;
    target->connection = this->weak_from_this();
    target->request = request_number_;
    target->body = std::move(message.body().lease);
    answer_due_ = true;
    state_->requests.fetch_add(1, std::memory_order_relaxed);
    try {
      state_->handler(std::move(request), Responder(std::move(target)));
    } catch (const std::exception& error) {
      log::Err("HTTP handler failed", {{"err", error.what()}});
    }
  }

  void Write(HttpResponse response, bool keep_alive) {
    output_ = std::move(response);
    output_head_ = RenderResponseHead(output_, keep_alive, SystemClock().Now());
    if (head_only_ || !StatusHasBody(output_.status)) output_.body.clear();
    ArmTimer(state_->options.write_timeout);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(output_head_),
                                                    asio::buffer(output_.body)};
    asio::async_write(
        stream_, buffers,
        [self = this->shared_from_this(), keep_alive](const error_code& error, std::size_t) {
          if (self->closed_) return;
          if (error) return self->Close();
          self->OnWritten(keep_alive);
        });
  }

  void OnWritten(bool keep_alive) {
    output_ = HttpResponse();
    head_only_ = false;
    if (!keep_alive) return Linger();
    if (buffer_.size() > 0) return ReadHeader();  // The next one is there already.
    AwaitRequest(state_->options.idle_timeout);
  }

  void Linger() {
    error_code ignored;
    socket().shutdown(tcp::socket::shutdown_send, ignored);
    ArmTimer(kLingerTimeout);
    Discard();
  }

  void Discard() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kReadBlock), [self = this->shared_from_this()](
                                                             const error_code& error, std::size_t) {
      if (self->closed_) return;
      if (error || self->timed_out_) return self->Close();
      self->Discard();
    });
  }

  Stream stream_;
  Worker* worker_;  // Outlives its connections.
  std::shared_ptr<HttpServerState> state_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<CountedBody>> parser_;
  std::optional<RequestTarget> target_;
  std::string remote_address_;
  std::uint64_t request_number_ = 0;
  bool idle_ = true;
  bool answer_due_ = false;
  bool head_only_ = false;
  bool timed_out_ = false;
  bool closed_ = false;
  HttpResponse output_;
  std::string output_head_;
};

}  // namespace

std::shared_ptr<Connection> MakeConnection(tcp::socket socket, Worker* worker,
                                           std::shared_ptr<HttpServerState> state) {
  return std::make_shared<Session<tcp::socket>>(std::move(socket), worker, std::move(state));
}

}  // namespace tocsin::net
