#pragma once

// MailClient over SMTP (RFC 5321, STARTTLS, AUTH PLAIN, LOGIN and CRAM-MD5) on the net thread, one
// connection a message. libcurl is not used for it: it blocks the whole loop while it waits for the
// answer to QUIT, and picks the login mechanism by rules of its own.

#include "base/time.h"
#include "net/mail_client.h"
#include "net/name_lookup.h"
#include "net/net_thread.h"

#include <chrono>
#include <cstddef>
#include <memory>

namespace tocsin::net {

class MailCalls;
template <class Calls>
class PostedCalls;

class SmtpClient final : public MailClient {
 public:
  struct Options {
    std::size_t concurrency_per_server = 4;
    std::size_t queue_per_server = 1024;
    // For the connection with its TLS handshake, for that of STARTTLS, and for the greeting: less
    // than a call may take, so that an attempt at a server that is not there leaves time for the
    // next one.
    Duration connect_timeout = std::chrono::seconds(10);
    NameLookup::Options names;
  };

  // `thread` must outlive the client.
  SmtpClient(NetThread* thread, Options options);
  // Stop. Not from the net thread.
  ~SmtpClient() override;

  CallHandle Send(MailCall call, MailCallback done) override;

  // Ends all calls with kCancelled, and so all later ones; returns when their callbacks have run.
  // Not from the net thread. Idempotent.
  void Stop();

 private:
  std::unique_ptr<PostedCalls<MailCalls>> calls_;
};

}  // namespace tocsin::net
