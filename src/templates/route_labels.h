#pragma once

// The labels of a route, which are templates: rendered for each flush, against the alerts that it
// began with, and for whoever reads the groups. Pure; safe from any thread.

#include "base/time.h"
#include "model/label_set.h"
#include "model/notification.h"
#include "templates/notification_templates.h"

#include <string>
#include <vector>

namespace tocsin::templates {

struct RenderedRouteLabels {
  model::LabelSet labels;           // Without those that failed.
  std::vector<std::string> errors;  // `label "owner": template: :1: ...`, by label name.
};

// Of the group that `notification` is about, whose route_label_templates is not null. They see what
// a message shows, but with all alerts of the flush, no reason and no route labels. A label may
// take in another by `routeLabels "name"`, but not itself, however far around.
RenderedRouteLabels RenderRouteLabels(const NotificationTemplates& templates,
                                      model::Notification notification,
                                      const std::string& external_url, Time now);

}  // namespace tocsin::templates
