#pragma once

// The client's side of an SMTP conversation (RFC 5321, 3207, 4954) as a state machine: replies in,
// commands out. It does no I/O. One object a connection.

#include "net/mail_client.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::net {

struct SmtpReply {
  int code = 0;
  std::vector<std::string> lines;  // Without the code.

  std::string ToString() const;  // `550 5.1.1 no such user`, several lines joined by newlines.
};

// Puts replies together from what the socket gives.
class SmtpReplyReader {
 public:
  enum class State { kIncomplete, kComplete, kBroken };

  void Feed(std::string_view bytes) { buffer_.append(bytes); }
  // kComplete: `reply` is the next one. kBroken: this is not SMTP, or it is endless.
  State Next(SmtpReply* reply);
  // Bytes behind the last reply.
  bool HasRest() const { return !buffer_.empty(); }

 private:
  std::string buffer_;
  SmtpReply partial_;
  std::size_t partial_bytes_ = 0;
};

// What can be refused without asking the server: no recipients, addresses that would break out of
// their command.
std::optional<MailFailure> CheckMailCall(const MailCall& call);

// The content of DATA: line ends made CRLF, leading dots doubled, and the final dot.
std::string EncodeMailData(std::string_view message);

class SmtpDialogue {
 public:
  struct Step {
    enum class Action { kSend, kStartTls, kFinish };
    Action action = Action::kSend;
    std::string bytes;  // kSend.
    MailResult result;  // kFinish.
  };

  // `call` must outlive the dialogue. With implicit TLS the connection is encrypted from the start.
  explicit SmtpDialogue(const MailCall* call)
      : call_(call), encrypted_(call->tls_mode == MailTls::kImplicit) {}

  Step OnReply(const SmtpReply& reply);
  Step OnTlsStarted();

 private:
  enum class State {
    kGreeting,
    kEhlo,
    kHelo,
    kStartTls,
    kAuthCramMd5,
    kAuthLogin,
    kAuthFinal,
    kMail,
    kRecipient,
    kData,
    kMessage,
  };

  Step Send(State next, std::string command);
  Step Hello(const SmtpReply& reply);
  Step AfterHello();
  Step Authenticate();
  Step StartMechanism(const std::string& mechanism);
  Step AnswerLoginPrompt(const SmtpReply& reply);
  Step AnswerCramMd5(const SmtpReply& reply);
  Step SendMailFrom();
  Step SendRecipient();
  Step OnRecipientReply(const SmtpReply& reply);
  static Step Finish(MailResult result);
  static Step Fail(MailFailure::Kind kind, std::string message, int code = 0);
  Step Rejected(std::string_view what, const SmtpReply& reply) const;
  // The reply without the credentials that it may repeat.
  std::string Shown(const SmtpReply& reply) const;

  const MailCall* call_;
  bool encrypted_;
  State state_ = State::kGreeting;
  std::map<std::string, std::string> extensions_;  // Upper-case keyword: parameters.
  std::size_t recipient_ = 0;
  MailSent sent_;
};

}  // namespace tocsin::net
