#include "app/history_commands.h"

#include "api/history.h"
#include "base/clock.h"
#include "base/text.h"
#include "explain/answer_json.h"
#include "explain/answer_text.h"
#include "history/reader.h"
#include "net/curl_client.h"
#include "net/net_thread.h"

#include <boost/json/parse.hpp>

#include <cstdio>
#include <filesystem>
#include <future>

namespace tocsin::app {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
// Somebody waits at the terminal, and the server is not in a hurry for them.
constexpr Duration kLocalTimeout = std::chrono::seconds(60);
constexpr Duration kRemoteTimeout = std::chrono::seconds(15);

using Command = HistoryCommandOptions::Command;
using Params = std::vector<net::QueryParam>;

// The parameters of the endpoint, which are what the command takes.
Params ParamsOf(const HistoryCommandOptions& options) {
  Params params;
  const auto add = [&params](const char* name, const std::string& value) {
    if (!value.empty()) params.push_back({name, value});
  };
  add("matchers", options.matchers);
  add("at", options.at);
  add("receiver", options.receiver);
  add("kind", options.kind);
  add("from", options.from);
  add("to", options.to);
  add("limit", options.limit);
  add("cursor", options.cursor);
  add("output", options.output);
  return params;
}

int Error(const std::string& message, int status) {
  std::fprintf(stderr, "tocsin: error: %s\n", message.c_str());
  return status;
}

int Print(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

template <class T>
int PrintAnswer(const Result<T>& answer, const HistoryCommandOptions& options) {
  if (!answer) return Error(answer.error().message, kFailed);
  return Print(options.output == "json" ? explain::ToJson(*answer) : explain::ToText(*answer));
}

// Closes the file before anything is printed: a reader that waits for whoever reads the output
// would keep the server from tidying up its log.
template <class Ask>
auto Read(const std::string& path, Ask ask) -> decltype(ask(nullptr)) {
  Result<history::Reader> reader = history::Reader::Open(path, kLocalTimeout);
  if (!reader) return Fail(path + ": " + reader.error().message);
  return ask(&*reader);
}

int ReadFolder(const HistoryCommandOptions& options) {
  const std::string path = (std::filesystem::path(options.storage_path) / "history.db").string();
  const Params params = ParamsOf(options);
  if (options.command == Command::kExplain) {
    const auto question =
        api::ParseExplainQuery(params, SystemClock().Now(), options.matcher_syntax);
    if (!question) return Error(question.error().message, kWrongUsage);
    const auto explain = [&](history::Reader* reader) {
      return explain::FindAndExplain(reader, *question);
    };
    return PrintAnswer(Read(path, explain), options);
  }
  const auto query = api::ParseHistoryQuery(params, options.matcher_syntax);
  if (!query) return Error(query.error().message, kWrongUsage);
  const auto list = [&](history::Reader* reader) { return explain::List(reader, *query); };
  return PrintAnswer(Read(path, list), options);
}

// What the server says of why not; without it, the status.
std::string Refusal(const HttpResponse& response) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(response.body, error);
  if (!error && parsed.is_object()) {
    const boost::json::value* message = parsed.as_object().if_contains("error");
    if (message && message->is_string()) return std::string(message->as_string());
  }
  return "the server answers with status " + std::to_string(response.status);
}

int AskServer(const HistoryCommandOptions& options) {
  std::string url = options.url;
  while (url.ends_with('/')) url.pop_back();
  url += options.command == Command::kExplain ? "/api/tocsin/v1/explain" : "/api/tocsin/v1/history";
  char separator = '?';
  for (const net::QueryParam& param : ParamsOf(options)) {
    url += separator + param.name + "=" + QueryEscape(param.value);
    separator = '&';
  }
  net::HttpCall call;
  call.request.url = Secret(url);
  call.timeout = kRemoteTimeout;
  call.response_bytes_max = 256 * 1024 * 1024;
  net::NetThread thread;
  net::CurlClient client(&thread, {});
  std::promise<net::HttpResult> answered;
  client.Send(std::move(call),
              [&](net::HttpResult result) { answered.set_value(std::move(result)); });
  const net::HttpResult result = answered.get_future().get();
  client.Stop();
  if (!result) return Error(options.url + ": " + result.error().message, kFailed);
  if (result->status != 200) return Error(options.url + ": " + Refusal(*result), kFailed);
  return Print(result->body);
}

}  // namespace

int RunHistoryCommand(const HistoryCommandOptions& options) {
  return options.storage_path.empty() ? AskServer(options) : ReadFolder(options);
}

}  // namespace tocsin::app
