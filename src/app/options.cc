#include "app/options.h"

#include "app/flag_table.h"
#include "app/serve_options.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

namespace tocsin::app {
namespace {

constexpr int kWrongUsage = 2;
constexpr const char* kServing = "Serving";
constexpr const char* kAccepted = "Accepted as Alertmanager has them, without effect";

const char* TypeName(FlagKind kind) {
  switch (kind) {
    case FlagKind::kNumber:
    case FlagKind::kRatio:
      return "NUMBER";
    case FlagKind::kDuration:
    case FlagKind::kPositiveDuration:
      return "DURATION";
    default:
      return "TEXT";
  }
}

using FlagOptions = std::map<std::string_view, CLI::Option*>;

FlagOptions AddFlags(CLI::App* app) {
  FlagOptions options;
  for (const FlagSpec& spec : AllFlags()) {
    const std::string name(spec.name);
    CLI::Option* option = nullptr;
    if (spec.kind == FlagKind::kSwitch) {
      option = app->add_flag(name + ",!--no-" + name.substr(2));
    } else {
      option = app->add_option(name)->expected(1)->type_name(TypeName(spec.kind));
      option->default_str(std::string(spec.fallback));
    }
    if (spec.kind == FlagKind::kTexts) option->take_all();
    option->description(std::string(spec.help));
    option->group(spec.help.empty() ? kAccepted : kServing);
    options.emplace(spec.name, option);
  }
  return options;
}

FlagValues Collect(const FlagOptions& options) {
  FlagValues given;
  for (const auto& [name, option] : options) {
    if (!option->results().empty()) given.emplace(name, option->results());
  }
  return given;
}

// The parser would take the argument after `--x=` for the value, where `--x=` is how to say that
// there is none. In the reverse order, which is what it wants.
std::vector<std::string> Arguments(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    const bool empty = argument.starts_with("--") && argument.find('=') + 1 == argument.size();
    if (empty) argument.pop_back();
    arguments.push_back(std::move(argument));
    if (empty) arguments.emplace_back();
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

void AddRuleFlags(CLI::App* render, TemplateRenderOptions* options) {
  const auto add = [render](const char* name, auto* target, const char* help) {
    return render->add_option(name, *target, help)->expected(1)->group("With --annotation");
  };
  add("--label", &options->labels, "NAME=VALUE in $labels; may be given more than once")
      ->take_all();
  add("--value", &options->value, "$value; NaN and +Inf are possible")->capture_default_str();
  add("--external-label", &options->external_labels, "NAME=VALUE in $externalLabels")->take_all();
  add("--external-url", &options->external_url, "$externalURL");
  add("--alert", &options->alert, "Name of the alert, for error messages")->capture_default_str();
  add("--query.data", &options->query_file,
      "JSON file with what queries give: {QUERY: [{\"labels\": {...}, \"value\": 1}]}");
}

CLI::App* AddTemplateRender(CLI::App* app, TemplateRenderOptions* options) {
  CLI::App* command = app->add_subcommand("template", "Try templates");
  command->require_subcommand(1)->allow_extras();
  CLI::App* render = command->add_subcommand(
      "render", "Print what a template gives; what is wrong with it goes to standard error");
  render->allow_extras();
  render
      ->add_option("--template.glob", options->globs,
                   "Template files, after the default ones; may be given more than once")
      ->expected(1)
      ->take_all();
  CLI::Option_group* what = render->add_option_group("What");
  what->require_option(1);
  what->add_option("--template.text", options->text, "Text as in a receiver");
  what->add_option_function<std::string>(
      "--annotation",
      [options](const std::string& text) {
        options->annotation = text;
        options->is_rule = true;
      },
      "Text as in an annotation or a label of a rule");
  render->add_option("--template.type", options->type, "text or html")
      ->check(CLI::IsMember({"text", "html"}))
      ->capture_default_str();
  render->add_option("--template.data", options->data_file,
                     "JSON file in the form of Alertmanager's webhook (default: an example)");
  AddRuleFlags(render, options);
  return render;
}

CLI::App* AddCheck(CLI::App* app, CheckOptions* options) {
  CLI::App* check = app->add_subcommand(
      "check",
      "Say what is wrong with configuration or rule files, and what will hardly page as it was "
      "meant; exit status 1 for errors, 3 for warnings alone");
  check->allow_extras();
  check->add_option("files", options->files, "Files")->required();
  check->add_option("--format", options->format, "text, json, or github (for its workflows)")
      ->check(CLI::IsMember({"text", "json", "github"}))
      ->capture_default_str();
  check->add_flag("--online", options->online,
                  "Also ask the datasources: are series and labels there, what would fire now");
  check
      ->add_option("--disable", options->disabled,
                   "Finding that is not wanted, as docs/check.md names it; may be given more than "
                   "once")
      ->expected(1)
      ->take_all();
  return check;
}

// What `explain` and `history` have in common.
void AddHistoryFlags(CLI::App* command, HistoryCommandOptions* options) {
  command->allow_extras();
  command->add_option("--url", options->url, "Of the server that is asked")
      ->expected(1)
      ->capture_default_str();
  command
      ->add_option("--storage.path", options->storage_path,
                   "Read the history in this folder instead, whether a server runs or not")
      ->expected(1);
  command->add_option("--output", options->output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

CLI::App* AddExplain(CLI::App* app, HistoryCommandOptions* options) {
  CLI::App* command =
      app->add_subcommand("explain", "Say why somebody was, or was not, paged for an alert");
  AddHistoryFlags(command, options);
  command
      ->add_option("matchers", options->matchers,
                   "Which alert: '{alertname=\"X\",instance=\"a\"}', or a name")
      ->required();
  command->add_option("--at", options->at,
                      "At that time: RFC 3339 or seconds since 1970 (default: now)");
  return command;
}

CLI::App* AddHistory(CLI::App* app, HistoryCommandOptions* options) {
  CLI::App* command =
      app->add_subcommand("history", "List notifications, or what happened to alerts");
  AddHistoryFlags(command, options);
  command->add_option("matchers", options->matchers, "Of alerts, or of groups: '{team=\"db\"}'");
  const auto add = [command](const char* name, std::string* value, const char* help) {
    command->add_option(name, *value, help)->expected(1);
  };
  add("--receiver", &options->receiver, "Only of this receiver");
  add("--kind", &options->kind, "notifications (the default), alerts or all");
  add("--from", &options->from, "Not before that time");
  add("--to", &options->to, "Not after that time");
  add("--limit", &options->limit, "How many, at most 10000 (default: 100)");
  add("--cursor", &options->cursor, "The next page, as the last one names it");
  return command;
}

CommandLine WrongUsage(const std::string& message) {
  std::fprintf(stderr, "tocsin: error: %s, try --help\n", message.c_str());
  CommandLine line;
  line.command = CommandLine::Command::kExit;
  line.exit_status = kWrongUsage;
  return line;
}

std::string Unexpected(const std::string& argument) {
  return argument.starts_with('-') ? UnknownFlagMessage(argument) : "unknown command " + argument;
}

}  // namespace

CommandLine ParseCommandLine(int argc, char** argv) {
  CommandLine line;
  CLI::App app("tocsin: from an alert rule to a page. Without a command it serves.", "tocsin");
  app.allow_extras();  // They are named below.
  const FlagOptions flags = AddFlags(&app);
  bool version = false;
  app.add_flag("--version", version, "Print the version");
  const CLI::App* check = AddCheck(&app, &line.check);
  const CLI::App* render = AddTemplateRender(&app, &line.template_render);
  const CLI::App* explain = AddExplain(&app, &line.history);
  const CLI::App* history = AddHistory(&app, &line.history);
  CLI::App* version_command = app.add_subcommand("version", "Print the version");
  app.require_subcommand(0, 1);

  try {
    app.parse(Arguments(argc, argv));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) return WrongUsage(error.what());
    line.command = CommandLine::Command::kExit;
    line.exit_status = app.exit(error);
    return line;
  }
  const std::vector<std::string> extras = app.remaining(true);
  if (!extras.empty()) return WrongUsage(Unexpected(extras.front()));
  const FlagValues given = Collect(flags);
  if (const Status status = CheckFlags(given); !status) return WrongUsage(status.error().message);
  Result<ServeOptions> serve = ReadServeOptions(given);
  if (!serve) return WrongUsage(serve.error().message);
  line.serve = std::move(*serve);
  line.check.load = {line.serve.matcher_syntax, line.serve.data_retention};
  line.history.matcher_syntax = line.serve.matcher_syntax;
  if (explain->parsed() || history->parsed()) {
    using Command = HistoryCommandOptions::Command;
    line.history.command = history->parsed() ? Command::kHistory : Command::kExplain;
    line.command = CommandLine::Command::kHistory;
  }
  if (version || version_command->parsed()) line.command = CommandLine::Command::kVersion;
  if (check->parsed()) line.command = CommandLine::Command::kCheck;
  if (render->parsed()) line.command = CommandLine::Command::kTemplateRender;
  return line;
}

}  // namespace tocsin::app
