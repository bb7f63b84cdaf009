#include "app/load.h"

#include "base/excerpt.h"
#include "base/text.h"
#include "config/inner_place.h"
#include "net/tls_check.h"
#include "notifiers/factory.h"
#include "rules/rule_file.h"
#include "templates/notification_templates.h"

#include <set>

namespace tocsin::app {
namespace {

model::LabelSet ToLabelSet(const std::map<std::string, std::string>& pairs) {
  std::vector<model::Label> labels;
  for (const auto& [name, value] : pairs) {
    if (!value.empty()) labels.push_back({name, value});  // An empty label is none.
  }
  return model::LabelSet::FromSorted(labels);
}

// The router is there, and gets nothing.
constexpr std::string_view kOnlyRules = "route: {receiver: none}\nreceivers: [{name: none}]\n";

rules::RulerOptions RulerOptionsOf(const config::Config& config) {
  rules::RulerOptions options;
  options.evaluation_interval = config.global.evaluation_interval;
  options.query_offset = config.global.query_offset;
  options.resend_delay = config.rules.resend_delay;
  options.resolve_on_error = config.rules.resolve_on_error;
  options.on_no_data = config.rules.on_no_data;
  options.for_restore = {config.rules.for_outage_tolerance, config.rules.for_grace_period};
  options.max_start_delay = config.rules.max_start_delay;
  options.external_labels = ToLabelSet(config.global.external_labels);
  for (const config::DatasourceConfig& datasource : config.datasources) {
    options.datasources.push_back({datasource.name, datasource.external_url, datasource.timeout});
  }
  return options;
}

void LoadRules(const config::Config& config, core::Generation* generation,
               config::Diagnostics* diagnostics) {
  std::vector<rules::GroupDefinition> groups =
      rules::LoadRuleFiles(config.rule_files, diagnostics, QueryLanguagesOf(config));
  std::set<std::string> datasources = {""};
  for (const config::DatasourceConfig& datasource : config.datasources) {
    datasources.insert(datasource.name);
  }
  for (const rules::GroupDefinition& group : groups) {
    if (!datasources.contains(group.datasource)) {
      diagnostics->AddError(
          group.position,
          "group \"" + group.name + "\": undefined datasource \"" + group.datasource + "\"");
    }
    for (const rules::RuleDefinition& rule : group.rules) {
      if (rule.is_alerting() || !config.remote_write.empty()) continue;
      diagnostics->AddWarning(rule.position,
                              "recording rule \"" + rule.record +
                                  "\" is not evaluated: there is no remote_write to store its "
                                  "result");
    }
  }
  generation->groups = rules::Ruler::Compile(std::move(groups), diagnostics);
  generation->ruler_options = RulerOptionsOf(config);
}

// Alertmanager finds out when it renders them, and goes on without the label: so do we, but say so.
void CheckRouteLabels(const config::RouteConfig& route,
                      const templates::NotificationTemplates& templates,
                      config::Diagnostics* diagnostics) {
  for (const auto& [name, text] : route.labels) {
    const auto compiled = templates.Compile(text, templates::NotificationTemplates::Mode::kText);
    if (compiled) continue;
    const templates::TemplateError& error = compiled.error();
    config::Position place = route.label_places.Of(name);
    if (error.file.empty()) place = config::PlaceInValue(place, text, error.line, error.column);
    diagnostics->AddWarning(std::move(place),
                            "route label " + GoQuote(name) + " is left out: " + error.message,
                            Excerpt(error.line_text, error.column));
  }
  for (const config::RouteConfig& child : route.routes) {
    CheckRouteLabels(child, templates, diagnostics);
  }
}

void AddReceiversOf(const config::RouteConfig& route, std::set<std::string>* names) {
  names->insert(route.receiver);
  for (const config::RouteConfig& child : route.routes) AddReceiversOf(child, names);
}

void LoadReceivers(const config::Config& config, core::Generation* generation,
                   config::Diagnostics* diagnostics) {
  const auto templates = templates::NotificationTemplates::Load(config.templates, diagnostics);
  if (!templates) return;
  CheckRouteLabels(config.route, *templates, diagnostics);
  std::set<std::string> used;
  AddReceiversOf(config.route, &used);
  for (const config::ReceiverConfig& receiver : config.receivers) {
    generation->receivers.push_back(receiver.name);
    // What nobody is sent by keeps nobody else from being paged.
    config::Diagnostics unused;
    const bool is_used = used.contains(receiver.name);
    for (notifiers::IntegrationPtr& integration :
         notifiers::BuildIntegrations(receiver, templates, is_used ? diagnostics : &unused)) {
      if (!unused.HasErrors()) generation->integrations.push_back(std::move(integration));
    }
    for (const config::Diagnostic& problem : unused.all()) {
      diagnostics->AddWarning(problem.position, problem.message + " (no route has this receiver)",
                              problem.excerpt);
    }
  }
  generation->templates = templates;
}

// A file that vanishes or rots later fails the requests that need it, and only those.
void CheckTlsFiles(const config::Config& config, config::Diagnostics* diagnostics) {
  for (const config::TlsBlock& block : config.tls_blocks) {
    for (net::TlsProblem& problem : net::CheckTls(block.tls)) {
      diagnostics->AddError(block.places.Of(problem.key), std::move(problem.message));
    }
  }
}

void SetRouting(const config::Config& config, core::Generation* generation) {
  std::vector<model::NamedTimeInterval> intervals = config.mute_time_intervals;
  intervals.insert(intervals.end(), config.time_intervals.begin(), config.time_intervals.end());
  generation->routes =
      std::make_shared<const router::RouteTree>(config.route, std::move(intervals));
  for (const config::InhibitRule& rule : config.inhibit_rules) {
    generation->inhibit_rules.push_back(
        {rule.name, rule.source.matchers, rule.target.matchers, rule.equal});
  }
  router::RouterOptions& options = generation->router_options;
  options.alerts_per_alertname = config.limits.alerts_per_alertname;
  options.silences = {config.limits.silences, config.limits.silence_bytes};
  options.resolve_timeout = config.global.resolve_timeout;
}

}  // namespace

rules::QueryLanguages QueryLanguagesOf(const config::Config& config) {
  rules::QueryLanguages languages;
  for (const config::DatasourceConfig& datasource : config.datasources) {
    languages.emplace("", datasource.query_language);  // Of the first.
    languages.emplace(datasource.name, datasource.query_language);
  }
  return languages;
}

Loaded LoadConfiguration(const std::string& path, const config::LoadOptions& options,
                         const RulerFlags& flags) {
  Loaded loaded;
  config::LoadOptions with_flags = options;
  with_flags.datasources_follow = !flags.datasource_urls.empty();
  config::LoadResult result = path.empty() ? config::LoadText(kOnlyRules, path, with_flags)
                                           : config::LoadFile(path, with_flags);
  loaded.diagnostics = std::move(result.diagnostics);
  // Also what a configuration with errors names is looked at, so that all errors come at once.
  std::shared_ptr<const config::Config> found = result.config ? result.config : result.partial;
  if (!found) return loaded;
  if (flags.any() || path.empty()) {
    auto config = std::make_shared<config::Config>(*found);
    config->only_rules = path.empty();
    flags.AddTo(config.get());
    found = std::move(config);
  }
  if (!found->rule_files.empty() && found->datasources.empty() && !flags.rule_files.empty()) {
    loaded.diagnostics.AddError({path, 0, 0}, "--rules.file needs a datasource");
    return loaded;
  }
  LoadRules(*found, &loaded.generation, &loaded.diagnostics);
  LoadReceivers(*found, &loaded.generation, &loaded.diagnostics);
  CheckTlsFiles(*found, &loaded.diagnostics);
  loaded.diagnostics.Sort();
  if (loaded.diagnostics.HasErrors()) return loaded;
  loaded.generation.config = found;
  SetRouting(*found, &loaded.generation);
  return loaded;
}

}  // namespace tocsin::app
