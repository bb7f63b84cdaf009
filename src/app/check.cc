#include "app/check.h"

#include "app/load.h"
#include "app/question_asker.h"
#include "base/text.h"
#include "config/source_file.h"
#include "config/web_config.h"
#include "config/yaml_reader.h"
#include "lint/lint.h"
#include "lint/online.h"
#include "lint/suppressions.h"
#include "net/server_tls.h"
#include "rules/ruler.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace tocsin::app {
namespace {

constexpr int kWrongUsage = 2;

// Has the file one of these keys at its root?
bool HasRootKey(std::string_view text, const std::string& path,
                std::initializer_list<std::string_view> keys) {
  config::Diagnostics ignored;
  const auto documents = config::ReadYaml(text, path, &ignored);
  if (!documents || documents->empty() || !documents->front()->is_mapping()) return false;
  const auto& entries = documents->front()->entries();
  return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
    return std::find(keys.begin(), keys.end(), entry.key->text()) != keys.end();
  });
}

// Nothing, comments alone or `{}`: a rule file without rules, and no configuration.
bool IsEmptyFile(std::string_view text, const std::string& path) {
  config::Diagnostics ignored;
  const auto documents = config::ReadYaml(text, path, &ignored);
  if (!documents || documents->empty()) return documents.has_value();
  const config::YamlNode& root = *documents->front();
  return root.is_null() || (root.is_mapping() && root.entries().empty());
}

config::Diagnostics CheckWebConfig(std::string_view text, const std::string& path) {
  config::WebConfigResult result = config::ReadWebConfig(text, path);
  if (result.config && result.config->tls) {
    const auto tls = net::ServerTls::Open(*result.config->tls);
    if (!tls) {
      result.diagnostics.AddError({path, 1, 1}, "tls_server_config: " + tls.error().message);
    }
  }
  return std::move(result.diagnostics);
}

// One subject: collects what its files say, and what the comments in them switch off.
class FileCheck {
 public:
  FileCheck(const std::string& path, const CheckOptions& options)
      : path_(path), options_(options) {}

  lint::Findings Run() {
    const Result<std::string> text = config::ReadSourceFile(path_);
    if (!text) {
      config::Diagnostics diagnostics;
      diagnostics.AddError({path_, 0, 0}, text.error().message);
      findings_.Add(diagnostics);
    } else if (HasRootKey(
                   *text, path_,
                   {"tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"})) {
      findings_.Add(CheckWebConfig(*text, path_));
    } else if (IsEmptyFile(*text, path_)) {
      // A configuration that lost its content must not pass unnoticed.
      findings_.Add(lint::kLoadWarning, {path_, 1, 1},
                    "the file is empty: a rule file without rules; no server starts with it as its "
                    "configuration");
    } else if (HasRootKey(*text, path_, {"groups"})) {
      CheckRules(*text);
    } else {
      CheckConfiguration(*text);
    }
    if (text) ReadComments(path_, *text);
    RemoveSuppressed();
    findings_.Sort();
    return std::move(findings_);
  }

 private:
  void CheckRules(const std::string& text) {
    config::Diagnostics diagnostics;
    std::vector<rules::GroupDefinition> groups = rules::ParseRuleFile(text, path_, &diagnostics);
    rules::Ruler::Compile(groups, &diagnostics);
    findings_.Add(diagnostics);
    if (diagnostics.HasErrors()) return;
    lint::Subject subject;
    subject.rule_files.push_back(lint::MakeRuleFile(path_, text, std::move(groups)));
    Lint(subject);
  }

  void CheckConfiguration(const std::string& text) {
    // A pipe is read once.
    config::LoadOptions load = options_.load;
    load.text = &text;
    const Loaded loaded = LoadConfiguration(path_, load);
    findings_.Add(loaded.diagnostics);
    if (loaded.diagnostics.HasErrors()) return;
    const std::shared_ptr<const config::Config>& config = loaded.generation.config;
    lint::Subject subject;
    subject.configuration = lint::MakeConfiguration(config, text);
    subject.rule_files = RuleFilesOf(*config);
    Lint(subject);
  }

  std::vector<lint::RuleFile> RuleFilesOf(const config::Config& config) {
    config::Diagnostics known;  // The load has reported them.
    std::map<std::string, std::vector<rules::GroupDefinition>> files;
    for (rules::GroupDefinition& group :
         rules::LoadRuleFiles(config.rule_files, &known, QueryLanguagesOf(config))) {
      files[group.file].push_back(std::move(group));
    }
    std::vector<lint::RuleFile> rule_files;
    for (auto& [file, groups] : files) {
      Result<std::string> text = config::ReadSourceFile(file);
      if (!text) continue;  // It was there a moment ago.
      ReadComments(file, *text);
      rule_files.push_back(lint::MakeRuleFile(file, *std::move(text), std::move(groups)));
    }
    return rule_files;
  }

  void Lint(const lint::Subject& subject) {
    findings_.Add(lint::Check(subject));
    if (!options_.online) return;
    if (subject.configuration && !subject.configuration->config->datasources.empty()) {
      findings_.Add(AskDatasources(subject));
    } else {
      findings_.Add("online/unreachable", {path_, 0, 0},
                    "it names no datasource to ask: check the configuration that names the rule "
                    "files and the datasources");
    }
  }

  static lint::Findings AskDatasources(const lint::Subject& subject) {
    QuestionAsker asker(*subject.configuration->config);
    lint::Answers answers;
    lint::OnlineRound round;
    for (int i = 0; i < lint::kOnlineRounds; ++i) {
      round = lint::CheckOnline(subject, answers);
      if (round.needs.empty()) break;
      asker.Ask(round.needs, &answers);
    }
    return std::move(round.findings);
  }

  void ReadComments(const std::string& file, std::string_view text) {
    const auto [at, is_new] = suppressions_.try_emplace(file, text);
    if (!is_new) return;
    for (const lint::Suppressions::Unknown& unknown : at->second.unknown()) {
      findings_.Add(lint::kLoadWarning, {file, unknown.line, 1},
                    "there is no finding " + GoQuote(unknown.id) + " to disable");
    }
  }

  void RemoveSuppressed() {
    findings_.RemoveIf([this](const lint::Finding& finding) {
      if (finding.id == lint::kLoadError) return false;
      const auto& disabled = options_.disabled;
      if (std::find(disabled.begin(), disabled.end(), finding.id) != disabled.end()) return true;
      const auto comments = suppressions_.find(finding.position.file);
      return comments != suppressions_.end() &&
             comments->second.Cover(finding.position.line, finding.id);
    });
  }

  const std::string path_;
  const CheckOptions& options_;
  lint::Findings findings_;
  std::map<std::string, lint::Suppressions> suppressions_;
};

// What cannot be disabled because it does not exist; a wrong word would let everything pass.
std::optional<std::string> UnknownId(const std::vector<std::string>& ids) {
  std::vector<std::string_view> known;
  for (const lint::CatalogueEntry& entry : lint::Catalogue()) known.push_back(entry.id);
  for (const std::string& id : ids) {
    if (id != lint::kLoadError && lint::FindInCatalogue(id) != nullptr) continue;
    std::string message = "--disable: there is no finding " + GoQuote(id) + " to disable";
    const std::string_view nearest = NearestWord(id, known);
    if (!nearest.empty() && nearest != id) {
      message += "; did you mean " + GoQuote(nearest) + "?";
    }
    return message;
  }
  return std::nullopt;
}

void Print(const std::string& text, std::FILE* file) {
  std::fwrite(text.data(), 1, text.size(), file);
}

}  // namespace

lint::CheckedFile CheckFile(const std::string& path, const CheckOptions& options) {
  return {path, FileCheck(path, options).Run()};
}

int RunCheck(const CheckOptions& options, std::FILE* out, std::FILE* errors) {
  if (const auto problem = UnknownId(options.disabled)) {
    Print("tocsin: error: " + *problem + "\n", errors);
    return kWrongUsage;
  }
  std::vector<lint::CheckedFile> files;
  for (const std::string& path : options.files) {
    const lint::CheckedFile& file = files.emplace_back(CheckFile(path, options));
    if (options.format != "text") continue;
    Print(lint::FindingsText(file.findings), errors);
    Print(lint::VerdictText(file), out);
  }
  if (options.format == "json") Print(lint::ReportJson(files), out);
  if (options.format == "github") Print(lint::ReportGithub(files), out);
  return lint::ExitStatus(files);
}

}  // namespace tocsin::app
