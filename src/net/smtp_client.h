#pragma once

// MailClient over SMTP (RFC 5321, STARTTLS, AUTH PLAIN, LOGIN and CRAM-MD5) on the net thread, one
// connection a message. libcurl is not used for it: it blocks the whole loop while it waits for the
// answer to QUIT, and picks the login mechanism by rules of its own.

#include "net/mail_client.h"
#include "net/net_thread.h"

#include <cstddef>
#include <memory>

namespace tocsin::net {

class MailCalls;

class SmtpClient final : public MailClient {
 public:
  struct Options {
    std::size_t concurrency_per_server = 4;
    std::size_t queue_per_server = 1024;
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
  NetThread* thread_;
  std::shared_ptr<MailCalls> calls_;
};

}  // namespace tocsin::net
