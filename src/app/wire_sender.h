#pragma once

// Sends notifications for real: reads the files that an integration names and renders on a worker
// (what is as quickly done as handed over, on the net thread), then HTTP or SMTP, then the verdict
// goes to the core's inbox.
//
// Only so many attempts of an integration are built at a time as keep the wire busy. When all
// groups are due at once, the others wait as what they are made of: their messages would be memory,
// and beyond what may wait for a host they would be thrown away and built again.
//
// Safe from the core thread, where the inbox is emptied, too; outlived by everything that it points
// to.

#include "base/clock.h"
#include "base/published.h"
#include "base/worker_pool.h"
#include "core/inbox.h"
#include "core/notification_sender.h"
#include "model/notification.h"
#include "net/http_client.h"
#include "net/mail_client.h"
#include "net/net_thread.h"
#include "templates/notification_templates.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>

namespace tocsin::app {

class WireSender final : public core::NotificationSender {
 public:
  // Of one integration.
  static constexpr std::size_t kUnderWayMax = 256;

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
    // How long an attempt may take is not to change when the clock is set.
    std::function<Duration()> monotonic_now = MonotonicNow;
  };

  explicit WireSender(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  void Send(notifiers::IntegrationPtr integration, model::NotificationPtr notification,
            Duration timeout, Callback done) override;

 private:
  struct Attempt {
    notifiers::IntegrationPtr integration;
    model::NotificationPtr notification;
    Duration deadline;  // As of monotonic_now.
    Callback done;
  };
  // The attempts of one integration.
  struct Lane {
    std::size_t under_way = 0;
    std::deque<Attempt> waiting;  // None while there is room.
  };

  // Core thread.
  void Start(Attempt attempt);
  void OnEnded(const model::IntegrationId& id);
  // What would wait in vain behind a receiver that answers nothing.
  void DropLate(Lane* lane);
  // Any thread: of one that was started.
  void Answer(Attempt attempt, notifiers::Outcome outcome);
  model::NotificationPtr WithRouteLabels(model::NotificationPtr notification) const;
  void BuildAndSend(Attempt attempt);
  void SendHttp(Attempt attempt, notifiers::HttpSend send);
  void SendMail(Attempt attempt, notifiers::MailSend send);

  const Dependencies deps_;
  std::map<model::IntegrationId, Lane> lanes_;  // Core thread. Those with attempts.
};

}  // namespace tocsin::app
