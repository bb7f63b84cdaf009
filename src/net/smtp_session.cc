#include "net/smtp_session.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace tocsin::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr Duration kQuitTimeout = std::chrono::seconds(2);

std::string DescribeTlsError(const error_code& error, SSL* ssl) {
  const long verdict = SSL_get_verify_result(ssl);
  std::string text = "TLS handshake: " + error.message();
  if (verdict != X509_V_OK) text.append(": ").append(X509_verify_cert_error_string(verdict));
  return text;
}

}  // namespace

SmtpSession::SmtpSession(asio::io_context* loop, MailCall call, TlsContexts::ContextPtr tls,
                         bool verify, std::string server_name, Done done)
    : call_(std::move(call)),
      tls_context_(std::move(tls)),
      verify_(verify),
      server_name_(std::move(server_name)),
      done_(std::move(done)),
      dialogue_(&call_),
      resolver_(*loop),
      socket_(*loop),
      timer_(*loop) {}

void SmtpSession::Start() {
  resolver_.async_resolve(call_.host, call_.port, Tcp::resolver::numeric_service,
                          [self = shared_from_this()](const error_code& error,
                                                      const Tcp::resolver::results_type& found) {
                            if (self->closed_) return;
                            if (error) {
                              return self->Fail(
                                  MailFailure::Kind::kConnect,
                                  "look up " + self->call_.host + ": " + error.message());
                            }
                            for (const auto& entry : found)
                              self->endpoints_.push_back(entry.endpoint());
                            self->stage_ = "connecting";
                            self->Connect(0, "no address");
                          });
}

void SmtpSession::Connect(std::size_t index, std::string last_error) {
  if (index == endpoints_.size()) {
    return Fail(MailFailure::Kind::kConnect,
                "connect to " + call_.host + ":" + call_.port + ": " + last_error);
  }
  error_code ignored;
  socket_.close(ignored);
  // An address that does not answer leaves time for the next one; the last has all that is left.
  const std::size_t left = endpoints_.size() - index;
  if (left > 1) {
    timer_.expires_after(call_.timeout / (2 * left));
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      error_code close_error;
      const bool current = self->timer_.expiry() <= std::chrono::steady_clock::now();
      if (!error && current && !self->closed_) self->socket_.close(close_error);
    });
  }
  socket_.async_connect(endpoints_[index],
                        [self = shared_from_this(), index](const error_code& error) {
                          self->timer_.cancel();
                          if (self->closed_) return;
                          // Closed by the timer, which may also have come between success and this.
                          if (error || !self->socket_.is_open()) {
                            const bool slow = !error || error == asio::error::operation_aborted;
                            return self->Connect(index + 1, slow ? "timed out" : error.message());
                          }
                          if (self->call_.tls_mode == MailTls::kImplicit) return self->Handshake();
                          self->stage_ = "talking to the server";
                          self->Read();
                        });
}

void SmtpSession::Handshake() {
  stage_ = "in the TLS handshake";
  tls_.emplace(socket_, *tls_context_);
  if (verify_) tls_->set_verify_callback(asio::ssl::host_name_verification(server_name_));
  error_code not_an_address;
  asio::ip::make_address(server_name_, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(tls_->native_handle(), server_name_.c_str());
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
  stage_ = "talking to the server";
  if (call_.tls_mode == MailTls::kImplicit) return Read();
  Perform(dialogue_.OnTlsStarted());
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
  timer_.expires_after(kQuitTimeout);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
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
  resolver_.cancel();
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace tocsin::net
