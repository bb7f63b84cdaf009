#include "api/history.h"

#include "api/live_search.h"
#include "api/parameters.h"
#include "api/reads.h"
#include "base/text.h"
#include "explain/answer_json.h"
#include "explain/answer_text.h"
#include "history/reader.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>

namespace tocsin::api {
namespace {

// Of one request; a page that takes longer is cut there, and says so.
constexpr Duration kReadTimeout = std::chrono::seconds(2);

using ReadHistory = std::function<Result<HttpResponse>(history::Reader*)>;

void AnswerFromHistory(const ExchangePtr& exchange, ReadHistory read) {
  const bool begun =
      exchange->options().readers->TryReadHistory([exchange, read = std::move(read)] {
        const Options& options = exchange->options();
        const auto config = options.config->Get();
        if (!config) return exchange->AnswerLater("starting, try again later");
        if (config->history.retention == Duration::zero()) {
          return exchange->AnswerError(404, "no history is kept: history.retention is 0");
        }
        options.flush_history();
        Result<history::Reader> reader = history::Reader::Open(options.history_path, kReadTimeout);
        if (!reader) return exchange->AnswerError(503, reader.error().message);
        Result<HttpResponse> response = read(&*reader);
        if (!response) return exchange->AnswerError(503, response.error().message);
        exchange->Answer(*std::move(response));
      });
  if (!begun) exchange->AnswerLater("too many requests, try again later");
}

// Whether text is wanted; else JSON.
Result<bool> WantsText(const std::vector<net::QueryParam>& params) {
  const std::string* output = LastParam(params, "output");
  if (!output || output->empty() || *output == "json") return false;
  if (*output == "text") return true;
  return Fail("output: json or text is expected, not " + GoQuote(*output));
}

template <class T>
HttpResponse ResponseFor(const T& value, bool text) {
  return text ? TextResponse(200, explain::ToText(value))
              : JsonResponse(200, explain::ToJson(value));
}

Status ReadTime(const std::vector<net::QueryParam>& params, std::string_view name, Time* out) {
  const std::string* text = LastParam(params, name);
  if (!text || text->empty()) return {};
  const Result<Time> time = explain::ParseInstant(*text);
  if (!time) return Fail(name, time.error());
  *out = *time;
  return {};
}

Result<std::uint64_t> ReadNumber(const std::string& text, std::string_view name,
                                 std::uint64_t most) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || last != end || number == 0 || number > most) {
    return Fail(std::string(name) + ": a number from 1 to " + std::to_string(most) +
                " is expected, not " + GoQuote(text));
  }
  return number;
}

}  // namespace

Result<explain::Question> ParseExplainQuery(const std::vector<net::QueryParam>& params, Time now,
                                            model::MatcherSyntax syntax) {
  const std::string* text = LastParam(params, "matchers");
  Result<model::Matchers> matchers = explain::ParseQuestion(text ? *text : "", syntax);
  if (!matchers) return Fail("matchers", matchers.error());
  explain::Question question{*std::move(matchers), now, now};
  if (Status at = ReadTime(params, "at", &question.asked); !at) return tl::unexpected(at.error());
  // What is to come nobody has decided yet.
  question.at = std::min(question.asked, now);
  return question;
}

Result<explain::ListQuery> ParseHistoryQuery(const std::vector<net::QueryParam>& params,
                                             model::MatcherSyntax syntax) {
  constexpr std::uint64_t kCursorMax = std::numeric_limits<std::int64_t>::max();
  explain::ListQuery query;
  if (const std::string* text = LastParam(params, "matchers"); text && !text->empty()) {
    Result<model::Matchers> matchers = explain::ParseQuestion(*text, syntax);
    if (!matchers) return Fail("matchers", matchers.error());
    query.matchers = *std::move(matchers);
  }
  if (const std::string* receiver = LastParam(params, "receiver")) query.receiver = *receiver;
  if (const std::string* word = LastParam(params, "kind"); word && !word->empty()) {
    const auto kind = explain::ParseListKind(*word);
    if (!kind) {
      return Fail("kind: notifications, alerts or all is expected, not " + GoQuote(*word));
    }
    query.kind = *kind;
  }
  if (Status from = ReadTime(params, "from", &query.from); !from) {
    return tl::unexpected(from.error());
  }
  if (Status to = ReadTime(params, "to", &query.to); !to) return tl::unexpected(to.error());
  if (const std::string* text = LastParam(params, "limit"); text && !text->empty()) {
    const Result<std::uint64_t> limit = ReadNumber(*text, "limit", explain::kListMax);
    if (!limit) return tl::unexpected(limit.error());
    query.limit = *limit;
  }
  if (const std::string* text = LastParam(params, "cursor"); text && !text->empty()) {
    const Result<std::uint64_t> cursor = ReadNumber(*text, "cursor", kCursorMax);
    if (!cursor) return tl::unexpected(cursor.error());
    query.cursor = *cursor;
  }
  return query;
}

void GetExplain(const ExchangePtr& exchange) {
  const Options& options = exchange->options();
  const auto& params = exchange->request().query;
  const Time now = options.clock->Now();
  Result<explain::Question> question = ParseExplainQuery(params, now, options.syntax);
  if (!question) return exchange->AnswerError(400, question.error().message);
  const Result<bool> text = WantsText(params);
  if (!text) return exchange->AnswerError(400, text.error().message);
  const model::Matchers matchers = question->matchers;
  const bool about_now = question->at >= now;
  const auto answer = [exchange, question = *std::move(question),
                       text = *text](const FinishLive& finish) {
    AnswerFromHistory(exchange, [=](history::Reader* reader) -> Result<HttpResponse> {
      return explain::FindAndExplain(reader, question).map([&](explain::Answer found) {
        if (finish) found.live = finish();
        // This process runs. Whether it can record what it decides, the next line says.
        std::erase_if(found.gaps, [](const explain::Gap& gap) {
          return gap.why == explain::Gap::Why::kEnded && !gap.until;
        });
        found.unwritten_since = exchange->options().history_unwritten_since();
        return ResponseFor(found, text);
      });
    });
  };
  if (!about_now) return answer(nullptr);
  SearchLive(exchange, matchers, answer);
}

void GetHistory(const ExchangePtr& exchange) {
  const auto& params = exchange->request().query;
  Result<explain::ListQuery> query = ParseHistoryQuery(params, exchange->options().syntax);
  if (!query) return exchange->AnswerError(400, query.error().message);
  const Result<bool> text = WantsText(params);
  if (!text) return exchange->AnswerError(400, text.error().message);
  AnswerFromHistory(
      exchange,
      [query = *std::move(query), text = *text](history::Reader* reader) -> Result<HttpResponse> {
        return explain::List(reader, query).map([&](const explain::Page& page) {
          return ResponseFor(page, text);
        });
      });
}

}  // namespace tocsin::api
