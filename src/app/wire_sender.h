#pragma once

// Sends notifications for real: reads the files that an integration names and renders on a worker
// (what is as quickly done as handed over, on the net thread), then HTTP or SMTP, then the verdict
// goes to the core's inbox. Safe from the core thread; outlived
// by everything that it points to.

#include "base/clock.h"
#include "base/published.h"
#include "base/worker_pool.h"
#include "core/inbox.h"
#include "core/notification_sender.h"
#include "net/http_client.h"
#include "net/mail_client.h"
#include "net/net_thread.h"
#include "templates/notification_templates.h"

#include <string>

namespace tocsin::app {

class WireSender final : public core::NotificationSender {
 public:
  struct Dependencies {
    WorkerPool* workers;
    core::Inbox* inbox;
    net::NetThread* net_thread;  // Where `http` lives.
    net::HttpClient* http;
    net::MailClient* mail;
    const Clock* clock;
    const Published<templates::NotificationTemplates>* templates;  // For route labels.
    std::string external_url;                                      // Without trailing slash.
    std::string hostname;
  };

  explicit WireSender(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  void Send(notifiers::IntegrationPtr integration, model::NotificationPtr notification,
            Duration timeout, Callback done) override;

 private:
  struct Attempt;

  void Answer(Callback done, notifiers::Outcome outcome);
  model::NotificationPtr WithRouteLabels(model::NotificationPtr notification) const;
  void BuildAndSend(Attempt attempt);
  void SendHttp(Attempt attempt, notifiers::HttpSend send);
  void SendMail(Attempt attempt, notifiers::MailSend send);

  const Dependencies deps_;
};

}  // namespace tocsin::app
