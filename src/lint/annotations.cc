// What the labels and annotations of alerts say to people, and should or should not.

#include "base/text.h"
#include "lint/checks.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::lint {
namespace {

constexpr std::string_view kSeverity = "severity";

bool IsTemplate(std::string_view text) {
  return text.find("{{") != std::string_view::npos;
}

// `https://user:password@host`, or what the big services give away as a secret.
bool LooksSecret(std::string_view text) {
  constexpr std::array<std::string_view, 4> kMarks = {"hooks.slack.com/services/T", "xoxb-",
                                                      "xoxp-", "AKIA"};
  for (const std::string_view mark : kMarks) {
    if (text.find(mark) != std::string_view::npos) return true;
  }
  for (std::size_t at = text.find("://"); at != std::string_view::npos;
       at = text.find("://", at + 3)) {
    const std::string_view rest = text.substr(at + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?# \t\n\"'"));
    const std::size_t user_end = authority.rfind('@');
    if (user_end == std::string_view::npos) continue;
    const std::size_t colon = authority.substr(0, user_end).find(':');
    if (colon != std::string_view::npos && colon + 1 < user_end) return true;
  }
  return false;
}

class AnnotationChecks {
 public:
  AnnotationChecks(const Subject& subject, Findings* findings)
      : subject_(subject), findings_(findings) {}

  void Run() {
    ForEachAlert([this](const RuleFile&, const Rule& rule) {
      ++alerts_;
      if (rule.definition.labels.contains(std::string(kSeverity))) ++with_severity_;
    });
    ForEachAlert([this](const RuleFile& file, const Rule& rule) {
      file_ = &file;
      CheckSeverity(rule);
      CheckRunbook(rule);
      CheckSecrets(rule, "labels", rule.definition.labels);
      CheckSecrets(rule, "annotations", rule.definition.annotations);
    });
  }

 private:
  template <class Visit>
  void ForEachAlert(Visit visit) {
    for (const RuleFile& file : subject_.rule_files) {
      for (const Group& group : file.groups) {
        for (const Rule& rule : group.rules) {
          if (rule.definition.is_alerting()) visit(file, rule);
        }
      }
    }
  }

  // Routes go by it where nearly everybody has it, and then one without it ends at the default.
  void CheckSeverity(const Rule& rule) {
    const bool usual = alerts_ >= 4 && with_severity_ * 4 >= alerts_ * 3;
    if (!usual || rule.definition.labels.contains(std::string(kSeverity))) return;
    findings_->Add("alert/no-severity", PlaceOf(file_->path, rule.node),
                   std::to_string(with_severity_) + " of " + std::to_string(alerts_) +
                       " alerts have the label severity, and this one has not: routes that go by "
                       "it do not take it");
  }

  void CheckRunbook(const Rule& rule) {
    const auto found = rule.definition.annotations.find("runbook_url");
    if (found == rule.definition.annotations.end() || IsTemplate(found->second)) return;
    const std::string_view link = found->second;
    if (link.starts_with("https://") || link.starts_with("http://")) return;
    findings_->Add("alert/runbook-link",
                   PlaceOf(file_->path, Child(rule.node, "annotations"), "runbook_url"),
                   "runbook_url is no http or https link: nobody can open it from the page");
  }

  template <class Texts>
  void CheckSecrets(const Rule& rule, std::string_view key, const Texts& texts) {
    for (const auto& [name, text] : texts) {
      if (!LooksSecret(text)) continue;
      const config::YamlNodePtr node = Child(rule.node, key);
      findings_->Add("alert/secret", PlaceOf(file_->path, node != nullptr ? node : rule.node, name),
                     GoQuote(name) +
                         " holds what looks like a password or a token: everybody who is paged, "
                         "and every chat that the page goes to, can read it");
    }
  }

  const Subject& subject_;
  Findings* const findings_;
  std::size_t alerts_ = 0, with_severity_ = 0;
  const RuleFile* file_ = nullptr;
};

}  // namespace

void CheckAnnotations(const Subject& subject, Findings* findings) {
  AnnotationChecks(subject, findings).Run();
}

}  // namespace tocsin::lint
