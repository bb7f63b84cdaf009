#pragma once

// One SMTP connection that delivers one message: name lookup, connection, TLS, and the wire under
// an SmtpDialogue. Belongs to the net thread; keeps itself alive while an operation of the loop is
// pending (a name lookup is none).

#include "base/time.h"
#include "net/mail_client.h"
#include "net/name_lookup.h"
#include "net/smtp_dialogue.h"
#include "net/tcp_connect.h"
#include "net/tls_contexts.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tocsin::net {

class SmtpSession : public std::enable_shared_from_this<SmtpSession> {
 public:
  using Clock = std::chrono::steady_clock;
  using Done = std::function<void(MailResult)>;

  struct Setup {
    TlsContexts::ContextPtr tls;  // May be null if the mode is kNone.
    bool verify = true;
    std::string server_name;     // For SNI, and the name in the certificate.
    Duration connect_timeout{};  // See SmtpClient::Options.
    // When the caller will abort; decides only how the time is shared out among the addresses.
    Clock::time_point deadline;
  };

  SmtpSession(boost::asio::io_context* loop, MailCall call, Setup setup, Done done);

  // `done` comes once, unless Abort is quicker. After it the session says QUIT on its own.
  void Start(NameLookup* names);
  // Closes the connection at once.
  void Abort();
  // For error messages: what it is at.
  const char* stage() const { return stage_; }

 private:
  void OnFound(const Result<HostAddresses>& found);
  void OnConnected(Result<TcpConnect::Socket> socket);
  void AwaitGreeting();
  void Enter(const char* stage, Duration limit);
  void EnterUnlimited(const char* stage);
  void Handshake();
  void OnHandshake(const boost::system::error_code& error);
  void Read();
  void OnRead(const boost::system::error_code& error, std::size_t count);
  void Perform(SmtpDialogue::Step step);
  void Write(std::string bytes);
  void Fail(MailFailure::Kind kind, std::string message);
  void Finish(MailResult result);
  void Quit();
  void Close();
  template <class Function>
  void WithStream(Function function);

  boost::asio::io_context* loop_;
  MailCall call_;
  Setup setup_;
  Done done_;
  SmtpDialogue dialogue_;
  SmtpReplyReader replies_;
  const char* stage_ = "looking up the server";
  bool encrypted_ = false;
  bool quitting_ = false;
  bool closed_ = false;
  std::shared_ptr<TcpConnect> connect_;
  TcpConnect::Socket socket_;
  std::optional<boost::asio::ssl::stream<TcpConnect::Socket&>> tls_;
  boost::asio::steady_timer stage_timer_;
  boost::asio::steady_timer quit_timer_;
  std::array<char, 4096> input_{};
  std::string output_;
};

}  // namespace tocsin::net
