#include "api/routes.h"

#include "api/alerts.h"
#include "api/lifecycle.h"
#include "api/page.h"
#include "api/receivers.h"
#include "api/removed_v1.h"
#include "api/rules.h"
#include "api/silences.h"
#include "api/status.h"

namespace tocsin::api {
namespace {

constexpr Route kRoutes[] = {
    {"/-/healthy", Surface::kPlain, {{{"GET", GetHealthy}, {"HEAD", GetHealthy}}}},
    {"/-/ready", Surface::kPlain, {{{"GET", GetReady}, {"HEAD", GetReady}}}},
    {"/-/reload", Surface::kPlain, {{{"POST", PostReload}}}},
    {"/metrics", Surface::kPlain, {{{"GET", GetMetrics}}}},

    {"/", Surface::kPlain, {{{"GET", GetPageIndex}, {"HEAD", GetPageIndex}}}},
    {"/assets/page.js", Surface::kPlain, {{{"GET", GetPageScript}, {"HEAD", GetPageScript}}}},
    {"/assets/style.css", Surface::kPlain, {{{"GET", GetPageStyle}, {"HEAD", GetPageStyle}}}},

    {"/api/v2/alerts", Surface::kAlertmanager, {{{"GET", GetAlerts}, {"POST", PostAlerts}}}},
    {"/api/v2/receivers", Surface::kAlertmanager, {{{"GET", GetReceivers}}}},
    {"/api/v2/silences", Surface::kAlertmanager, {{{"GET", GetSilences}}}},
    {"/api/v2/status", Surface::kAlertmanager, {{{"GET", GetStatus}}}},

    {"/api/v1/alerts", Surface::kPrometheus, {{{"GET", GetRuleAlerts}, {"POST", AnswerRemovedV1}}}},
    {"/api/v1/rules", Surface::kPrometheus, {{{"GET", GetRules}}}},
    {"/api/v1/status/buildinfo", Surface::kPrometheus, {{{"GET", GetBuildInfo}}}},

    {"/api/v1/receivers", Surface::kPrometheus, {{{"GET", AnswerRemovedV1}}}},
    {"/api/v1/silences",
     Surface::kPrometheus,
     {{{"GET", AnswerRemovedV1}, {"POST", AnswerRemovedV1}}}},
    {"/api/v1/status", Surface::kPrometheus, {{{"GET", AnswerRemovedV1}}}},
};

}  // namespace

Handler Route::Find(std::string_view method) const {
  for (const Method& candidate : methods) {
    if (candidate.handler && candidate.name == method) return candidate.handler;
  }
  return nullptr;
}

std::string Route::Allowed() const {
  std::string allowed;
  for (const Method& method : methods) {
    if (!method.handler) continue;
    if (!allowed.empty()) allowed += ',';
    allowed += method.name;
  }
  return allowed;
}

const Route* FindRoute(std::string_view path) {
  if (path.starts_with("/api/") && path.ends_with('/')) path.remove_suffix(1);
  for (const Route& route : kRoutes) {
    if (route.path == path) return &route;
  }
  return nullptr;
}

Surface SurfaceOfUnknown(std::string_view path) {
  const bool v2 = path == "/api/v2" || path.starts_with("/api/v2/");
  return v2 ? Surface::kAlertmanager : Surface::kPlain;
}

}  // namespace tocsin::api
