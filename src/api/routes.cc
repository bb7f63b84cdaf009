#include "api/routes.h"

#include "api/alert_groups.h"
#include "api/alert_targets.h"
#include "api/alerts.h"
#include "api/history.h"
#include "api/lifecycle.h"
#include "api/page.h"
#include "api/queries.h"
#include "api/receivers.h"
#include "api/removed_v1.h"
#include "api/rules.h"
#include "api/silences.h"
#include "api/status.h"

#include <algorithm>
#include <vector>

namespace tocsin::api {
namespace {

constexpr Route kRoutes[] = {
    {"/-/healthy", Surface::kPlain, {{{"GET", GetHealthy}, {"HEAD", GetHealthy}}}},
    {"/-/ready", Surface::kPlain, {{{"GET", GetHealthy}, {"HEAD", GetHealthy}}}},
    {"/-/reload", Surface::kPlain, {{{"POST", PostReload}}}},
    {"/metrics", Surface::kPlain, {{{"GET", GetMetrics}}}},

    {"/", Surface::kPlain, {{{"GET", GetPageIndex}, {"HEAD", GetPageIndex}}}},
    {"/favicon.ico", Surface::kPlain, {{{"GET", GetPageIcon}, {"HEAD", GetPageIcon}}}},
    {"/assets/page.js", Surface::kPlain, {{{"GET", GetPageScript}, {"HEAD", GetPageScript}}}},
    {"/assets/style.css", Surface::kPlain, {{{"GET", GetPageStyle}, {"HEAD", GetPageStyle}}}},

    {"/api/v2/alerts", Surface::kAlertmanager, {{{"GET", GetAlerts}, {"POST", PostAlerts}}}},
    {"/api/v2/alerts/groups", Surface::kAlertmanager, {{{"GET", GetAlertGroups}}}},
    {"/api/v2/receivers", Surface::kAlertmanager, {{{"GET", GetReceivers}}}},
    {"/api/v2/silence/{silenceID}",
     Surface::kAlertmanager,
     {{{"GET", GetSilence}, {"DELETE", DeleteSilence}}}},
    {"/api/v2/silences", Surface::kAlertmanager, {{{"GET", GetSilences}, {"POST", PostSilences}}}},
    {"/api/v2/status", Surface::kAlertmanager, {{{"GET", GetStatus}}}},

    {"/api/v1/alerts", Surface::kPrometheus, {{{"GET", GetRuleAlerts}, {"POST", AnswerRemovedV1}}}},
    {"/api/v1/rules", Surface::kPrometheus, {{{"GET", GetRules}}}},
    {"/api/v1/alertmanagers", Surface::kPrometheus, {{{"GET", GetAlertmanagers}}}},
    {"/api/v1/query", Surface::kPrometheus, {{{"GET", HandleQuery}, {"POST", HandleQuery}}}},
    {"/api/v1/query_range", Surface::kPrometheus, {{{"GET", HandleQuery}, {"POST", HandleQuery}}}},
    {"/api/v1/query_exemplars",
     Surface::kPrometheus,
     {{{"GET", HandleQuery}, {"POST", HandleQuery}}}},
    {"/api/v1/format_query", Surface::kPrometheus, {{{"GET", HandleQuery}, {"POST", HandleQuery}}}},
    {"/api/v1/labels", Surface::kPrometheus, {{{"GET", HandleQuery}, {"POST", HandleQuery}}}},
    {"/api/v1/label/{name}/values", Surface::kPrometheus, {{{"GET", HandleQuery}}}},
    {"/api/v1/series", Surface::kPrometheus, {{{"GET", HandleQuery}, {"POST", HandleQuery}}}},
    {"/api/v1/metadata", Surface::kPrometheus, {{{"GET", HandleQuery}}}},
    {"/api/v1/status/buildinfo", Surface::kPrometheus, {{{"GET", GetBuildInfo}}}},

    {"/api/tocsin/v1/explain", Surface::kPrometheus, {{{"GET", GetExplain}}}},
    {"/api/tocsin/v1/history", Surface::kPrometheus, {{{"GET", GetHistory}}}},

    {"/api/v1/receivers", Surface::kPrometheus, {{{"GET", AnswerRemovedV1}}}},
    {"/api/v1/silence/{silenceID}",
     Surface::kPrometheus,
     {{{"GET", AnswerRemovedV1}, {"DELETE", AnswerRemovedV1}}}},
    {"/api/v1/silences",
     Surface::kPrometheus,
     {{{"GET", AnswerRemovedV1}, {"POST", AnswerRemovedV1}}}},
    {"/api/v1/status", Surface::kPrometheus, {{{"GET", AnswerRemovedV1}}}},
};

std::string_view WithoutTrailingSlash(std::string_view path) {
  if (path.starts_with("/api/") && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

bool IsPathOf(const Route& route, std::string_view path) {
  const std::size_t parameter = route.path.find('{');
  if (parameter == std::string_view::npos) return route.path == path;
  const std::string_view before = route.path.substr(0, parameter);
  const std::string_view after = route.path.substr(route.path.find('}') + 1);
  if (path.size() <= before.size() + after.size()) return false;
  if (!path.starts_with(before) || !path.ends_with(after)) return false;
  path.remove_suffix(after.size());
  return path.find('/', parameter) == std::string_view::npos;
}

}  // namespace

Handler Route::Find(std::string_view method) const {
  for (const Method& candidate : methods) {
    if (candidate.handler && candidate.name == method) return candidate.handler;
  }
  return nullptr;
}

std::string Route::Allowed() const {
  std::vector<std::string_view> names;
  for (const Method& method : methods) {
    if (method.handler) names.push_back(method.name);
  }
  const bool alertmanager = surface == Surface::kAlertmanager;
  if (!alertmanager) {
    names.push_back("OPTIONS");
    std::sort(names.begin(), names.end());
  }
  std::string allowed;
  for (const std::string_view name : names) {
    if (!allowed.empty()) allowed += alertmanager ? "," : ", ";
    allowed += name;
  }
  return allowed;
}

const Route* FindRoute(std::string_view path) {
  path = WithoutTrailingSlash(path);
  for (const Route& route : kRoutes) {
    if (IsPathOf(route, path)) return &route;
  }
  return nullptr;
}

std::string_view PathParameter(std::string_view path) {
  path = WithoutTrailingSlash(path);
  return path.substr(path.rfind('/') + 1);
}

Surface SurfaceOfUnknown(std::string_view path) {
  const bool v2 = path == "/api/v2" || path.starts_with("/api/v2/");
  return v2 ? Surface::kAlertmanager : Surface::kPlain;
}

}  // namespace tocsin::api
