#include "net/http_session.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/text.h"
#include "net/lazy_timer.h"
#include "net/response_head.h"
#include "net/server_tls.h"

#include <boost/asio/ssl/stream.hpp>
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
#include <type_traits>

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
// The write timeout is for so much of a response: who reads no faster holds our memory for nothing.
constexpr std::size_t kWriteBlock = 1024 * 1024;
// Responses that are not counted: however many there are, connections_max bounds them, and the word
// that an alert was taken must not get lost because others read slowly.
constexpr std::size_t kSmallResponse = 16 * 1024;
// From here on they are those that may not use up everything.
constexpr std::size_t kLargeResponse = 1024 * 1024;

// A request body in memory, counted against the server's budget as it grows, and not reserved in
// advance on the word of the client.
struct CountedBody {
  struct value_type {
    std::string bytes;
    ByteLease lease;
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
      if (!body_.lease.GrowWithin(size)) {
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

HttpResponse TextResponse(int status, const std::string& text) {
  HttpResponse response;
  response.status = status;
  response.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.body = text + "\n";
  return response;
}

HttpResponse TryLaterResponse(const std::string& why) {
  HttpResponse response = TextResponse(503, why);
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace

struct Responder::Target {
  std::shared_ptr<LoopGate> gate;
  std::weak_ptr<Connection> connection;  // Locked on its own thread only.
  std::shared_ptr<HttpServerState> state;
  std::uint64_t request = 0;
  ByteLease body;
  std::atomic<bool> answered{false};

  void Answer(HttpResponse response, ResponseClass response_class) {
    if (answered.exchange(true)) return;
    body.Release();
    // Shared, because functions are copied.
    const auto counted = std::make_shared<CountedResponse>();
    counted->response = Count(std::move(response), response_class, &counted->lease);
    gate->Post([weak = connection, number = request, counted] {
      if (const auto open = weak.lock()) open->Answer(number, std::move(*counted));
    });
  }

  ~Target() {
    if (answered) return;
    Answer(TextResponse(500, "internal error: the request was not answered"),
           ResponseClass::kOrdinary);
  }

 private:
  HttpResponse Count(HttpResponse response, ResponseClass response_class, ByteLease* lease) {
    const std::size_t size = response.Body().size();
    if (size <= kSmallResponse || (response.shared_body && response.shared_body->counted)) {
      return response;
    }
    const bool operational = response_class == ResponseClass::kOperational;
    *lease = ByteLease(operational ? state->operational_responses : state->responses);
    // Operational ones have nobody to leave room for: however large, each is let through alone.
    const bool leaves_room = !operational && size > kLargeResponse;
    if (lease->GrowAcross(size, leaves_room ? state->ResponsesReserve() : 0)) {
      if (response.shared_body) {
        response.shared_body->counted = std::make_shared<const ByteLease>(std::move(*lease));
      }
      return response;
    }
    state->responses_refused.fetch_add(1, std::memory_order_relaxed);
    return TryLaterResponse("too many response bytes in flight, try again later");
  }
};

void Responder::operator()(HttpResponse response, ResponseClass response_class) const {
  target_->Answer(std::move(response), response_class);
}

namespace {

// What a failed read means to the client.
struct Refusal {
  int status = 0;  // 0: nothing can be said any more.
  std::string text;
};

Refusal ExplainParseError(const error_code& error, std::size_t header_max, std::size_t body_max) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return {431, "request headers larger than " + std::to_string(header_max) + " bytes"};
  }
  if (error == http::error::body_limit) {
    return {413, "request body larger than " + std::to_string(body_max) + " bytes"};
  }
  if (error == boost::system::errc::not_enough_memory) {
    return {503, "too many request bytes in flight, try again later"};
  }
  const bool hung_up = error == http::error::end_of_stream || error == http::error::partial_message;
  if (hung_up || error.category() != make_error_code(http::error::bad_method).category()) return {};
  return {400, "malformed request: " + error.message()};
}

using TlsStream = asio::ssl::stream<tcp::socket>;

// The socket at the bottom of a stream.
tcp::socket& SocketOf(tcp::socket& stream) {
  return stream;
}
tcp::socket& SocketOf(TlsStream& stream) {
  return stream.next_layer();
}

// An HTTP/1.1 session.
template <class Stream>
class Session final : public Connection, public std::enable_shared_from_this<Session<Stream>> {
 public:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  // `context` is what a TLS stream needs to live.
  Session(Stream stream, ServerTls::ContextPtr context, Worker* worker,
          std::shared_ptr<HttpServerState> state)
      : context_(std::move(context)),
        stream_(std::move(stream)),
        worker_(worker),
        state_(std::move(state)),
        timer_(&worker->io, [this] { OnTimer(); }),
        buffer_(std::max(state_->options.header_bytes_max, kReadBlock) + kReadBlock) {
    error_code ignored;
    remote_address_ = FormatEndpoint(socket().remote_endpoint(ignored));
    socket().set_option(tcp::no_delay(true), ignored);
  }

  void Start() override {
    if constexpr (kTls) {
      Handshake();
    } else {
      AwaitRequest(state_->options.header_timeout);
    }
  }

  void Refuse() override {
    // A handshake is more than is left for it.
    if constexpr (kTls) return Close();
    Write({TryLaterResponse("too many connections"), {}}, false);
  }

  void Drain() override {
    if (waits_in_ == &worker_->idle) Close();
  }

  void Close() override {
    if (closed_) return;
    closed_ = true;
    WaitIn(nullptr);
    timer_.Clear();
    error_code ignored;
    socket().close(ignored);
    state_->RemoveConnection();
    worker_->connections.erase(this->shared_from_this());
  }

  void Answer(std::uint64_t request, CountedResponse response) override {
    if (closed_ || !answer_due_ || request != request_number_) return;
    answer_due_ = false;
    const bool keep_alive = parser_->keep_alive() && !state_->draining;
    Write(std::move(response), keep_alive);
  }

 private:
  tcp::socket& socket() { return SocketOf(stream_); }

  // Which of the worker's lists it is in; null: none.
  void WaitIn(std::list<Waiting>* list) {
    if (list == waits_in_) return;
    if (waits_in_ != nullptr) waits_in_->erase(place_);
    waits_in_ = list;
    if (list != nullptr) place_ = list->insert(list->end(), {this, LazyTimer::Clock::now()});
  }

  // What happens when the timer runs out.
  enum class TimerPurpose {
    kTimeOut,   // What the connection waits for is cancelled; its handler finds `timed_out_`.
    kWriting,   // So too, but large responses are looked at in between.
    kAnswering  // The handler is answered for; what it says later goes nowhere.
  };

  void ArmTimer(Duration limit, TimerPurpose purpose = TimerPurpose::kTimeOut) {
    timed_out_ = false;
    timer_purpose_ = purpose;
    timer_.Set(LazyTimer::Clock::now() + limit);
  }

  void ArmWriteTimer(Duration left) {
    const Duration look = std::min(left, state_->options.crowded_write_timeout);
    write_left_ = left - look;
    ArmTimer(look, TimerPurpose::kWriting);
  }

  void OnTimer() {
    // Closing may let go of the last reference.
    const auto self = this->shared_from_this();
    if (timer_purpose_ == TimerPurpose::kAnswering) return AnswerForHandler();
    if (timer_purpose_ == TimerPurpose::kWriting && write_left_ > Duration::zero()) {
      const bool in_the_way =
          output_.response.Body().size() > kSmallResponse && state_->IsCrowded();
      if (!in_the_way) return ArmWriteTimer(write_left_);
    }
    timed_out_ = true;
    error_code ignored;
    socket().cancel(ignored);
  }

  // Whoever does not get on with it is the first to make room for others.
  void Handshake() {
    WaitIn(&worker_->idle);
    ArmTimer(state_->options.header_timeout);
    stream_.async_handshake(
        asio::ssl::stream_base::server, [self = this->shared_from_this()](const error_code& error) {
          if (self->closed_) return;
          if (error || !self->state_->options.tls->Accepts(self->stream_.native_handle())) {
            self->state_->handshakes_failed.fetch_add(1, std::memory_order_relaxed);
            if (IsPlainHttp(error)) self->SayThatThisIsTls();
            return self->Close();
          }
          self->AwaitRequest(self->state_->options.header_timeout);
        });
  }

  // In Go's words. So little always fits into the socket.
  void SayThatThisIsTls() {
    constexpr std::string_view kAnswer =
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    error_code ignored;
    socket().write_some(asio::buffer(kAnswer), ignored);
    socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  // Waits for the first bytes of a request.
  void AwaitRequest(Duration limit) {
    if (state_->draining) return Close();
    WaitIn(&worker_->idle);
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
    WaitIn(nullptr);
    timed_out_ = false;
    ++request_number_;
    body_bytes_max_ = state_->body_bytes_max.load(std::memory_order_relaxed);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(state_->options.header_bytes_max));
    parser_->body_limit(body_bytes_max_);
    parser_->get().body().lease = ByteLease(state_->bodies);
    error_code error;
    ParseBuffered(/*body_too=*/false, &error);
    if (error) return OnReadError(error);
    if (parser_->is_header_done()) return OnHeader();
    WaitIn(&worker_->stalled);
    ArmTimer(state_->options.header_timeout);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](const error_code& failed, std::size_t) {
          if (self->closed_) return;
          if (failed) return self->OnReadError(failed);
          self->OnHeader();
        });
  }

  // Most requests have come whole, and need no further turn of the loop.
  void ParseBuffered(bool body_too, error_code* error) {
    parser_->eager(body_too);
    while (buffer_.size() > 0 && !(body_too ? parser_->is_done() : parser_->is_header_done())) {
      const std::size_t used = parser_->put(buffer_.data(), *error);
      buffer_.consume(used);
      if (*error == http::error::need_more) *error = {};
      if (*error || used == 0) return;
    }
  }

  void OnReadError(const error_code& error) {
    if (timed_out_) return RefuseRequest({408, "the request did not arrive in time"});
    const Refusal refusal =
        ExplainParseError(error, state_->options.header_bytes_max, body_bytes_max_);
    if (refusal.status == 0) return Close();
    RefuseRequest(refusal);
  }

  void RefuseRequest(const Refusal& refusal) {
    state_->requests_refused.fetch_add(1, std::memory_order_relaxed);
    HttpResponse response = refusal.status == 503 ? TryLaterResponse(refusal.text)
                                                  : TextResponse(refusal.status, refusal.text);
    Write({std::move(response), {}}, false);
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
    timed_out_ = false;
    error_code error;
    ParseBuffered(/*body_too=*/true, &error);
    if (error) return OnReadError(error);
    if (parser_->is_done()) return Dispatch();
    WaitIn(&worker_->stalled);
    ArmTimer(state_->options.body_timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](const error_code& failed, std::size_t) {
                       if (self->closed_) return;
                       if (failed) return self->OnReadError(failed);
                       self->Dispatch();
                     });
  }

  void Dispatch() {
    WaitIn(nullptr);
    timer_.Clear();
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
    target->state = state_;
    target->request = request_number_;
    target->body = std::move(message.body().lease);
    answer_due_ = true;
    if (state_->options.answer_timeout > Duration::zero()) {
      ArmTimer(state_->options.answer_timeout, TimerPurpose::kAnswering);
    }
    state_->requests.fetch_add(1, std::memory_order_relaxed);
    try {
      state_->handler(std::move(request), Responder(std::move(target)));
    } catch (const std::exception& error) {
      log::Err("HTTP handler failed", {{"err", error.what()}});
    }
  }

  void AnswerForHandler() {
    const std::string limit = FormatGoDuration(state_->options.answer_timeout);
    Answer(request_number_,
           {TextResponse(503, "Exceeded configured timeout of " + limit + "."), {}});
  }

  void Write(CountedResponse response, bool keep_alive) {
    WaitIn(nullptr);
    output_ = std::move(response);
    output_head_ = RenderResponseHead(output_.response, keep_alive, SystemClock().Now());
    const bool has_body = !head_only_ && StatusHasBody(output_.response.status);
    body_left_ = has_body ? output_.response.Body() : std::string_view();
    WriteBlock(keep_alive);
  }

  void WriteBlock(bool keep_alive) {
    ArmWriteTimer(state_->options.write_timeout);
    const asio::const_buffer block = asio::buffer(body_left_.substr(0, kWriteBlock));
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(output_head_), block};
    asio::async_write(stream_, buffers,
                      [self = this->shared_from_this(), keep_alive, size = block.size()](
                          const error_code& error, std::size_t) {
                        if (self->closed_) return;
                        if (error) return self->Close();
                        self->output_head_.clear();
                        self->body_left_.remove_prefix(size);
                        if (!self->body_left_.empty()) return self->WriteBlock(keep_alive);
                        self->OnWritten(keep_alive);
                      });
  }

  void OnWritten(bool keep_alive) {
    output_ = CountedResponse();
    head_only_ = false;
    if (!keep_alive) return Linger();
    if (buffer_.size() > 0) return ReadHeader();  // The next one is there already.
    AwaitRequest(state_->options.idle_timeout);
  }

  void Linger() {
    ArmTimer(kLingerTimeout);
    if constexpr (kTls) {
      // Says so to the client; what that says is not waited for if it is still sending its request.
      stream_.async_shutdown([self = this->shared_from_this()](const error_code&) {
        if (self->closed_) return;
        if (self->timed_out_) return self->Close();
        self->ShutDown();
      });
    } else {
      ShutDown();
    }
  }

  void ShutDown() {
    error_code ignored;
    socket().shutdown(tcp::socket::shutdown_send, ignored);
    Discard();
  }

  void Discard() {
    buffer_.clear();
    // Below TLS: nobody reads it.
    socket().async_read_some(
        buffer_.prepare(kReadBlock),
        [self = this->shared_from_this()](const error_code& error, std::size_t) {
          if (self->closed_) return;
          if (error || self->timed_out_) return self->Close();
          self->Discard();
        });
  }

  const ServerTls::ContextPtr context_;  // Outlives the stream.
  Stream stream_;
  Worker* worker_;  // Outlives its connections.
  std::shared_ptr<HttpServerState> state_;
  LazyTimer timer_;
  TimerPurpose timer_purpose_ = TimerPurpose::kTimeOut;
  Duration write_left_{};  // After what the timer was set to.
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<CountedBody>> parser_;
  std::optional<RequestTarget> target_;
  std::string remote_address_;
  std::uint64_t request_number_ = 0;
  std::size_t body_bytes_max_ = 0;  // Of this request.
  std::list<Waiting>* waits_in_ = nullptr;
  std::list<Waiting>::iterator place_;  // In that list.
  bool answer_due_ = false;
  bool head_only_ = false;
  bool timed_out_ = false;
  bool closed_ = false;
  CountedResponse output_;
  std::string output_head_;
  std::string_view body_left_;  // Of output_, without the block that is being written.
};

}  // namespace

std::shared_ptr<Connection> MakeConnection(tcp::socket socket, Worker* worker,
                                           std::shared_ptr<HttpServerState> state) {
  if (!state->options.tls) {
    return std::make_shared<Session<tcp::socket>>(std::move(socket), nullptr, worker,
                                                  std::move(state));
  }
  ServerTls::ContextPtr context = state->options.tls->Context();
  TlsStream stream(std::move(socket), *context);
  return std::make_shared<Session<TlsStream>>(std::move(stream), std::move(context), worker,
                                              std::move(state));
}

}  // namespace tocsin::net
