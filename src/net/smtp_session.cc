#include "net/smtp_session.h"

#include "base/duration.h"
#include "base/text.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <charconv>

namespace tocsin::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// As long as the system's resolver takes, by default, when three name servers are silent.
constexpr Duration kLookupTimeout = std::chrono::seconds(30);
constexpr Duration kQuitTimeout = std::chrono::seconds(2);
constexpr auto kNever = std::chrono::steady_clock::time_point::max();
constexpr const char* kTalking = "talking to the server";

std::string DescribeTlsError(const error_code& error, SSL* ssl) {
  const long verdict = SSL_get_verify_result(ssl);
  std::string text = "TLS handshake: " + error.message();
  if (verdict != X509_V_OK) text.append(": ").append(X509_verify_cert_error_string(verdict));
  return text;
}

}  // namespace

SmtpSession::SmtpSession(asio::io_context* loop, MailCall call, Setup setup, Done done)
    : loop_(loop),
      call_(std::move(call)),
      setup_(std::move(setup)),
      done_(std::move(done)),
      dialogue_(&call_),
      socket_(*loop),
      stage_timer_(*loop),
      quit_timer_(*loop) {}

void SmtpSession::Start(NameLookup* names) {
  Enter("looking up the server", kLookupTimeout);
  names->Start(call_.host, [weak = weak_from_this()](const Result<HostAddresses>& found) {
    if (const auto self = weak.lock(); self && !self->closed_) self->OnFound(found);
  });
}

void SmtpSession::OnFound(const Result<HostAddresses>& found) {
  if (!found) {
    return Fail(MailFailure::Kind::kConnect,
                "look up " + call_.host + ": " + found.error().message);
  }
  std::uint16_t port = 0;
  const char* const end = call_.port.data() + call_.port.size();
  const auto parsed = std::from_chars(call_.port.data(), end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return Fail(MailFailure::Kind::kOther, "invalid port " + GoQuote(call_.port));
  }
  Enter("connecting", setup_.connect_timeout);
  connect_ = std::make_shared<TcpConnect>(
      loop_, call_.host, port, std::min(stage_timer_.expiry(), setup_.deadline),
      [weak = weak_from_this()](Result<TcpConnect::Socket> socket) {
        if (const auto self = weak.lock(); self && !self->closed_) {
          self->OnConnected(std::move(socket));
        }
      });
  connect_->Start(*found);
}

void SmtpSession::OnConnected(Result<TcpConnect::Socket> socket) {
  if (!socket) {
    // Those who keep the time say that it is up.
    if (Clock::now() >= std::min(stage_timer_.expiry(), setup_.deadline)) return;
    return Fail(MailFailure::Kind::kConnect, std::move(socket.error().message));
  }
  socket_ = *std::move(socket);
  if (call_.tls_mode != MailTls::kImplicit) return AwaitGreeting();
  stage_ = "in the TLS handshake";  // Within the time of the connection.
  Handshake();
}

void SmtpSession::Handshake() {
  tls_.emplace(socket_, *setup_.tls);
  if (setup_.verify) {
    tls_->set_verify_callback(asio::ssl::host_name_verification(setup_.server_name));
  }
  error_code not_an_address;
  asio::ip::make_address(setup_.server_name, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(tls_->native_handle(), setup_.server_name.c_str());
  tls_->async_handshake(
      asio::ssl::stream_base::client,
      [self = shared_from_this()](const error_code& error) { self->OnHandshake(error); });
}

void SmtpSession::OnHandshake(const error_code& error) {
  if (closed_) return;
  if (error) {
    return Fail(MailFailure::Kind::kTls, DescribeTlsError(error, tls_->native_handle()));
  }
  encrypted_ = true;
  if (call_.tls_mode == MailTls::kImplicit) return AwaitGreeting();
  EnterUnlimited(kTalking);
  Perform(dialogue_.OnTlsStarted());
}

void SmtpSession::AwaitGreeting() {
  Enter("waiting for the greeting", setup_.connect_timeout);
  Read();
}

void SmtpSession::Enter(const char* stage, Duration limit) {
  stage_ = stage;
  stage_timer_.expires_after(limit);
  stage_timer_.async_wait([weak = weak_from_this(), limit](const error_code& error) {
    const auto self = weak.lock();
    // Queued already, perhaps, when the stage ended.
    if (error || !self || self->closed_ || self->stage_timer_.expiry() > Clock::now()) return;
    self->Fail(MailFailure::Kind::kTimeout,
               "timeout of " + FormatGoDuration(limit) + " exceeded while " + self->stage_);
  });
}

void SmtpSession::EnterUnlimited(const char* stage) {
  stage_ = stage;
  stage_timer_.expires_at(kNever);
}

template <class Function>
void SmtpSession::WithStream(Function function) {
  if (encrypted_) {
    function(*tls_);
  } else {
    function(socket_);
  }
}

void SmtpSession::Read() {
  WithStream([this](auto& stream) {
    stream.async_read_some(asio::buffer(input_),
                           [self = shared_from_this()](const error_code& error, std::size_t count) {
                             self->OnRead(error, count);
                           });
  });
}

void SmtpSession::OnRead(const error_code& error, std::size_t count) {
  if (closed_) return;
  if (quitting_) return Close();  // 221, or whatever it is.
  if (error) {
    const bool ended = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
    return Fail(MailFailure::Kind::kOther,
                ended ? "the server closed the connection" : "read: " + error.message());
  }
  replies_.Feed(std::string_view(input_.data(), count));
  SmtpReply reply;
  switch (replies_.Next(&reply)) {
    case SmtpReplyReader::State::kIncomplete:
      return Read();
    case SmtpReplyReader::State::kBroken:
      Fail(MailFailure::Kind::kOther, "the server does not speak SMTP");
      return;
    case SmtpReplyReader::State::kComplete:
      EnterUnlimited(kTalking);
      return Perform(dialogue_.OnReply(reply));
  }
}

void SmtpSession::Perform(SmtpDialogue::Step step) {
  switch (step.action) {
    case SmtpDialogue::Step::Action::kSend:
      // Commands go one at a time: an answer that is there before its question is not one.
      if (replies_.HasRest()) {
        return Fail(MailFailure::Kind::kOther, "the server answers before it is asked");
      }
      return Write(std::move(step.bytes));
    case SmtpDialogue::Step::Action::kStartTls:
      // Anything behind the reply came in the clear and must not be taken for encrypted.
      if (replies_.HasRest()) {
        return Fail(MailFailure::Kind::kTls, "unencrypted data after the reply to STARTTLS");
      }
      Enter("in the TLS handshake", setup_.connect_timeout);
      return Handshake();
    case SmtpDialogue::Step::Action::kFinish:
      Finish(std::move(step.result));
      return Quit();
  }
}

void SmtpSession::Write(std::string bytes) {
  output_ = std::move(bytes);
  WithStream([this](auto& stream) {
    asio::async_write(stream, asio::buffer(output_),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        if (self->closed_) return;
                        if (error && self->quitting_) return self->Close();
                        // A server that hangs up has often said why.
                        self->Read();
                      });
  });
}

void SmtpSession::Quit() {
  if (closed_) return;  // `done` may have aborted.
  quitting_ = true;
  quit_timer_.expires_after(kQuitTimeout);
  quit_timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->Close();
  });
  Write("QUIT\r\n");
}

void SmtpSession::Fail(MailFailure::Kind kind, std::string message) {
  Close();
  Finish(tl::unexpected(MailFailure{kind, 0, std::move(message)}));
}

void SmtpSession::Finish(MailResult result) {
  if (const Done done = std::exchange(done_, nullptr)) done(std::move(result));
}

void SmtpSession::Abort() {
  done_ = nullptr;
  Close();
}

void SmtpSession::Close() {
  if (closed_) return;
  closed_ = true;
  stage_timer_.cancel();
  quit_timer_.cancel();
  if (connect_) connect_->Abort();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace tocsin::net
