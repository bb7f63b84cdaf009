#include "net/smtp_client.h"

#include "net/mail_calls.h"
#include "net/posted_calls.h"

#include <utility>

namespace tocsin::net {

SmtpClient::SmtpClient(NetThread* thread, Options options) {
  MailCalls::Options calls_options;
  calls_options.concurrency_per_server = options.concurrency_per_server;
  calls_options.queue_per_server = options.queue_per_server;
  calls_options.connect_timeout = options.connect_timeout;
  calls_options.names = std::make_shared<NameLookup>(thread->gate(), std::move(options.names));
  calls_ = std::make_unique<PostedCalls<MailCalls>>(
      thread, std::make_shared<MailCalls>(&thread->loop(), std::move(calls_options)));
}

SmtpClient::~SmtpClient() = default;

CallHandle SmtpClient::Send(MailCall call, MailCallback done) {
  return calls_->Send(std::move(call), std::move(done));
}

void SmtpClient::Stop() {
  calls_->Stop();
}

}  // namespace tocsin::net
