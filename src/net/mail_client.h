#pragma once

// The port through which mail leaves. net/smtp_client.h is the real one.

#include "base/secret.h"
#include "base/time.h"
#include "config/http_client_config.h"
#include "net/call_handle.h"

#include <tl/expected.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tocsin::net {

enum class MailTls {
  kNone,      // STARTTLS is not used even if it is offered.
  kStartTls,  // Required: without it nothing is sent.
  kImplicit,  // From the first byte on (port 465).
};

struct MailAuth {
  std::string username;  // Empty: no authentication.
  std::string identity;  // For PLAIN: on whose behalf.
  Secret password;       // For PLAIN and LOGIN.
  Secret secret;         // For CRAM-MD5.
};

struct MailCall {
  std::string host;  // A name or an address, IPv6 without brackets.
  std::string port;  // A number.
  std::string hello = "localhost";
  MailTls tls_mode = MailTls::kStartTls;
  config::TlsConfig tls;
  MailAuth auth;
  std::string from;  // Bare address, as the next.
  // One that is refused for good does not keep the message from the others; one that is refused for
  // now ends the attempt.
  std::vector<std::string> recipients;
  std::string message;  // Complete RFC 5322 with CRLF; dots are doubled here.
  // From the moment the call gets its turn at the server.
  Duration timeout = std::chrono::seconds(30);
  // From Send on, the wait for a turn included; zero: twice the timeout.
  Duration deadline{};
};

struct MailFailure {
  enum class Kind {
    kTimeout,
    kConnect,
    kTls,          // Handshake or certificate, and STARTTLS that is required but not offered.
    kCredentials,  // A certificate or key file that cannot be used.
    kAuth,         // The login: refused, or no usable mechanism.
    kRejected,     // An answer of the server to anything else, see smtp_code.
    kQueueFull,
    kCancelled,
    kOther,  // Connection lost, no valid SMTP, an address that cannot be sent.
  };
  Kind kind = Kind::kOther;
  int smtp_code = 0;  // Of the answer that ended it: 4xx is worth a retry, 5xx is not. 0: none.
  std::string message;
};

struct MailSent {
  std::vector<std::string> refused;  // Recipients, each with the server's reason.
};

using MailResult = tl::expected<MailSent, MailFailure>;
using MailCallback = std::function<void(MailResult)>;

class MailClient {
 public:
  virtual ~MailClient() = default;
  // From any thread. `done` is called exactly once, on the client's thread, never inside Send.
  // Success means that the server has taken responsibility for the message, to one recipient at
  // least.
  virtual CallHandle Send(MailCall call, MailCallback done) = 0;
};

}  // namespace tocsin::net
