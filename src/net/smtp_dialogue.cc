#include "net/smtp_dialogue.h"

#include "base/base64.h"
#include "base/redaction.h"
#include "base/text.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace tocsin::net {
namespace {

// RFC 5321 allows 512 bytes a reply line; servers are more talkative.
constexpr std::size_t kReplyBytesMax = 64 * 1024;

bool IsLocalHost(const std::string& host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string AsciiUpper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

// Nothing that would end the command or the angle brackets.
bool IsSendable(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '<' || c == '>';
  });
}

// What AUTH PLAIN sends (RFC 4616).
std::string PlainCredentials(const MailAuth& auth) {
  std::string credentials = auth.identity;
  credentials.append(1, '\0').append(auth.username).append(1, '\0').append(auth.password.Reveal());
  return credentials;
}

std::string HmacMd5Hex(const std::string& key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_md5(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < size; ++i) out.append({kHex[digest[i] >> 4], kHex[digest[i] & 15]});
  return out;
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  for (std::string_view word : Split(text, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

}  // namespace

std::string SmtpReply::ToString() const {
  std::string text = std::to_string(code);
  for (std::size_t i = 0; i < lines.size(); ++i) text.append(i == 0 ? " " : "\n").append(lines[i]);
  return TruncateBytes(ToValidUtf8(text), 1024);
}

SmtpReplyReader::State SmtpReplyReader::Next(SmtpReply* reply) {
  while (true) {
    const std::size_t newline = buffer_.find('\n');
    if (newline == std::string::npos) {
      return partial_bytes_ + buffer_.size() > kReplyBytesMax ? State::kBroken : State::kIncomplete;
    }
    std::string line = buffer_.substr(0, newline);
    buffer_.erase(0, newline + 1);
    partial_bytes_ += newline + 1;
    if (line.ends_with('\r')) line.pop_back();
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool well_formed = line.size() >= 3 && is_digit(line[0]) && is_digit(line[1]) &&
                             is_digit(line[2]) &&
                             (line.size() == 3 || line[3] == ' ' || line[3] == '-');
    if (!well_formed || partial_bytes_ > kReplyBytesMax) return State::kBroken;
    partial_.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    partial_.lines.push_back(line.size() > 4 ? line.substr(4) : std::string());
    if (line.size() > 3 && line[3] == '-') continue;
    *reply = std::move(partial_);
    partial_ = SmtpReply();
    partial_bytes_ = 0;
    return State::kComplete;
  }
}

std::optional<MailFailure> CheckMailCall(const MailCall& call) {
  const auto failure = [](std::string message) {
    return MailFailure{MailFailure::Kind::kOther, 0, std::move(message)};
  };
  if (call.recipients.empty()) return failure("no recipients");
  if (!IsSendable(call.hello)) return failure("invalid hello name " + GoQuote(call.hello));
  if (!IsSendable(call.from)) return failure("invalid sender address " + GoQuote(call.from));
  for (const std::string& recipient : call.recipients) {
    if (!IsSendable(recipient)) return failure("invalid address " + GoQuote(recipient));
  }
  return std::nullopt;
}

std::string EncodeMailData(std::string_view message) {
  std::string out;
  out.reserve(message.size() + message.size() / 64 + 8);
  bool line_start = true;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const char c = message[i];
    if (c == '\r' || c == '\n') {
      if (c == '\r' && i + 1 < message.size() && message[i + 1] == '\n') ++i;
      out.append("\r\n");
      line_start = true;
      continue;
    }
    if (line_start && c == '.') out.push_back('.');
    out.push_back(c);
    line_start = false;
  }
  if (!line_start) out.append("\r\n");
  out.append(".\r\n");
  return out;
}

SmtpDialogue::Step SmtpDialogue::Send(State next, std::string command) {
  state_ = next;
  Step step;
  step.bytes = std::move(command) + "\r\n";
  return step;
}

SmtpDialogue::Step SmtpDialogue::Finish(MailResult result) {
  Step step;
  step.action = Step::Action::kFinish;
  step.result = std::move(result);
  return step;
}

SmtpDialogue::Step SmtpDialogue::Fail(MailFailure::Kind kind, std::string message, int code) {
  return Finish(tl::unexpected(MailFailure{kind, code, std::move(message)}));
}

SmtpDialogue::Step SmtpDialogue::Rejected(std::string_view what, const SmtpReply& reply) const {
  return Fail(MailFailure::Kind::kRejected, std::string(what) + ": " + Shown(reply), reply.code);
}

std::string SmtpDialogue::Shown(const SmtpReply& reply) const {
  Redaction secrets;
  secrets.Add(call_->auth.password.Reveal());
  secrets.Add(call_->auth.secret.Reveal());
  if (!call_->auth.password.empty()) secrets.Add(PlainCredentials(call_->auth));
  return secrets.Apply(reply.ToString());
}

SmtpDialogue::Step SmtpDialogue::OnReply(const SmtpReply& reply) {
  switch (state_) {
    case State::kGreeting:
      if (reply.code != 220) return Rejected("greeting", reply);
      return Send(State::kEhlo, "EHLO " + call_->hello);
    case State::kEhlo:
    case State::kHelo:
      return Hello(reply);
    case State::kStartTls: {
      if (reply.code != 220) return Rejected("STARTTLS", reply);
      Step step;
      step.action = Step::Action::kStartTls;
      return step;
    }
    case State::kAuthCramMd5:
      return AnswerCramMd5(reply);
    case State::kAuthLogin:
      return AnswerLoginPrompt(reply);
    case State::kAuthFinal:
      if (reply.code != 235) {
        return Fail(MailFailure::Kind::kAuth, "AUTH: " + Shown(reply), reply.code);
      }
      return SendMailFrom();
    case State::kMail:
      if (reply.code != 250) return Rejected("MAIL FROM", reply);
      return SendRecipient();
    case State::kRecipient:
      return OnRecipientReply(reply);
    case State::kData: {
      if (reply.code != 354) return Rejected("DATA", reply);
      state_ = State::kMessage;
      Step step;
      step.bytes = EncodeMailData(call_->message);
      return step;
    }
    case State::kMessage:
      if (reply.code != 250) return Rejected("message", reply);
      return Finish(std::move(sent_));
  }
  return Fail(MailFailure::Kind::kOther, "unexpected reply");
}

SmtpDialogue::Step SmtpDialogue::OnTlsStarted() {
  encrypted_ = true;
  return Send(State::kEhlo, "EHLO " + call_->hello);
}

SmtpDialogue::Step SmtpDialogue::Hello(const SmtpReply& reply) {
  // What was said before STARTTLS does not count (RFC 3207, 4.2).
  extensions_.clear();
  if (reply.code != 250) {
    if (state_ == State::kHelo || reply.code == 421) return Rejected("hello", reply);
    return Send(State::kHelo, "HELO " + call_->hello);
  }
  if (state_ == State::kHelo) return AfterHello();
  for (std::size_t i = 1; i < reply.lines.size(); ++i) {
    const std::string& line = reply.lines[i];
    const std::size_t space = line.find(' ');
    extensions_[AsciiUpper(line.substr(0, space))] =
        space == std::string::npos ? "" : line.substr(space + 1);
  }
  return AfterHello();
}

SmtpDialogue::Step SmtpDialogue::AfterHello() {
  if (call_->tls_mode == MailTls::kStartTls && !encrypted_) {
    if (!extensions_.contains("STARTTLS")) {
      return Fail(MailFailure::Kind::kTls, "'require_tls' is true (default) but \"" + call_->host +
                                               ":" + call_->port +
                                               "\" does not advertise the STARTTLS extension");
    }
    return Send(State::kStartTls, "STARTTLS");
  }
  if (call_->auth.username.empty() || !extensions_.contains("AUTH")) return SendMailFrom();
  return Authenticate();
}

// The server's order decides; the first mechanism that there is a password or a secret for is
// taken.
SmtpDialogue::Step SmtpDialogue::Authenticate() {
  const MailAuth& auth = call_->auth;
  std::string problems;
  const auto add_problem = [&problems](const std::string& text) {
    problems.append(problems.empty() ? "" : "\n").append(text);
  };
  for (const std::string& word : Words(extensions_["AUTH"])) {
    const std::string mechanism = AsciiUpper(word);
    if (mechanism == "CRAM-MD5") {
      if (!auth.secret.empty()) return StartMechanism(mechanism);
      add_problem("missing secret for CRAM-MD5 auth mechanism");
    } else if (mechanism == "PLAIN" || mechanism == "LOGIN") {
      if (!auth.password.empty()) return StartMechanism(mechanism);
      add_problem("missing password for " + mechanism + " auth mechanism");
    } else {
      add_problem("unknown auth mechanism: " + word);
    }
  }
  return Fail(MailFailure::Kind::kAuth, problems.empty() ? "no auth mechanism offered" : problems);
}

SmtpDialogue::Step SmtpDialogue::StartMechanism(const std::string& mechanism) {
  if (mechanism == "CRAM-MD5") return Send(State::kAuthCramMd5, "AUTH CRAM-MD5");
  if (mechanism == "LOGIN") return Send(State::kAuthLogin, "AUTH LOGIN");
  if (!encrypted_ && !IsLocalHost(call_->host)) {
    return Fail(MailFailure::Kind::kAuth, "PLAIN auth: unencrypted connection");
  }
  return Send(State::kAuthFinal, "AUTH PLAIN " + Base64Encode(PlainCredentials(call_->auth)));
}

SmtpDialogue::Step SmtpDialogue::AnswerLoginPrompt(const SmtpReply& reply) {
  if (reply.code == 235) return SendMailFrom();
  if (reply.code != 334) {
    return Fail(MailFailure::Kind::kAuth, "AUTH: " + Shown(reply), reply.code);
  }
  const std::string prompt = AsciiLower(Base64Decode(reply.lines.front()).value_or(""));
  if (prompt == "username:") {
    return Send(State::kAuthLogin, Base64Encode(call_->auth.username));
  }
  if (prompt == "password:") {
    return Send(State::kAuthFinal, Base64Encode(call_->auth.password.Reveal()));
  }
  return Fail(MailFailure::Kind::kAuth, "LOGIN auth: unexpected server challenge");
}

SmtpDialogue::Step SmtpDialogue::AnswerCramMd5(const SmtpReply& reply) {
  if (reply.code != 334) {
    return Fail(MailFailure::Kind::kAuth, "AUTH: " + Shown(reply), reply.code);
  }
  const std::optional<std::string> challenge = Base64Decode(reply.lines.front());
  if (!challenge) return Fail(MailFailure::Kind::kAuth, "CRAM-MD5 auth: broken challenge");
  const std::string digest = HmacMd5Hex(call_->auth.secret.Reveal(), *challenge);
  return Send(State::kAuthFinal, Base64Encode(call_->auth.username + " " + digest));
}

SmtpDialogue::Step SmtpDialogue::SendMailFrom() {
  std::string command = "MAIL FROM:<" + call_->from + ">";
  if (extensions_.contains("8BITMIME")) command += " BODY=8BITMIME";
  // Only if it is needed: a relay behind this server that lacks it would bounce the message.
  const bool needs_utf8 = !IsAscii(call_->from) ||
                          !std::all_of(call_->recipients.begin(), call_->recipients.end(), IsAscii);
  if (needs_utf8 && extensions_.contains("SMTPUTF8")) command += " SMTPUTF8";
  return Send(State::kMail, std::move(command));
}

SmtpDialogue::Step SmtpDialogue::SendRecipient() {
  return Send(State::kRecipient, "RCPT TO:<" + call_->recipients[recipient_] + ">");
}

SmtpDialogue::Step SmtpDialogue::OnRecipientReply(const SmtpReply& reply) {
  // 552: old servers say so of one recipient too many (RFC 5321, 4.5.3.1.10).
  if (reply.code / 100 == 5 && reply.code != 552) {
    sent_.refused.push_back(call_->recipients[recipient_] + ": " + Shown(reply));
  } else if (reply.code / 10 != 25) {
    return Rejected("RCPT TO", reply);
  }
  if (++recipient_ < call_->recipients.size()) return SendRecipient();
  if (sent_.refused.size() == call_->recipients.size()) return Rejected("RCPT TO", reply);
  return Send(State::kData, "DATA");
}

}  // namespace tocsin::net
