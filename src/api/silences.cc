#include "api/silences.h"

#include "api/model_json.h"
#include "api/parameters.h"
#include "api/reads.h"
#include "api/routes.h"
#include "api/silence_decoder.h"
#include "base/text.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace tocsin::api {
namespace {

constexpr std::string_view kBusy = "too many requests, try again later";
constexpr std::string_view kStarting = "starting, try again later";
// However large other bodies may be: a silence costs the core time for each of its matchers.
constexpr std::uint64_t kSilenceBytesMax = 1024 * 1024;

// To the reader a silence is over at the instant of its end.
model::SilenceState ShownState(const model::Silence& silence, Time now) {
  if (now >= silence.starts_at && now == silence.ends_at) return model::SilenceState::kExpired;
  return model::StateAt(silence, now);
}

void WriteMatchers(const model::Matchers& matchers, JsonWriter* writer) {
  writer->BeginArray();
  for (const model::Matcher& matcher : matchers) {
    const model::MatchOp op = matcher.op();
    writer->BeginObject().Key("isEqual");
    writer->Bool(op == model::MatchOp::kEqual || op == model::MatchOp::kRegex).Key("isRegex");
    writer->Bool(op == model::MatchOp::kRegex || op == model::MatchOp::kNotRegex);
    writer->Key("name").String(matcher.name()).Key("value").String(matcher.value()).EndObject();
  }
  writer->EndArray();
}

void WriteSilence(const model::Silence& silence, Time now, JsonWriter* writer) {
  writer->BeginObject().Key("id").String(silence.id).Key("status").BeginObject();
  writer->Key("state").String(model::ToString(ShownState(silence, now))).EndObject();
  writer->Key("updatedAt");
  WriteMilliTime(silence.updated_at, writer);
  if (!silence.annotations.empty()) {
    writer->Key("annotations");
    WriteLabels(silence.annotations, writer);
  }
  writer->Key("comment").String(silence.comment).Key("createdBy").String(silence.created_by);
  writer->Key("endsAt");
  WriteMilliTime(silence.ends_at, writer);
  writer->Key("matchers");
  const std::vector<model::Matchers>& sets = silence.matcher_sets;
  WriteMatchers(sets.empty() ? model::Matchers() : sets.front(), writer);
  writer->Key("startsAt");
  WriteMilliTime(silence.starts_at, writer);
  if (sets.size() > 1) {
    // The API has no word for these; tools that do not know the member pass over it.
    writer->Key("matcherSets").BeginArray();
    for (const model::Matchers& set : sets) WriteMatchers(set, writer);
    writer->EndArray();
  }
  writer->EndObject();
}

bool Asks(const SilencesQuery& query, model::SilenceState state) {
  switch (state) {
    case model::SilenceState::kActive:
      return query.active;
    case model::SilenceState::kPending:
      return query.pending;
    case model::SilenceState::kExpired:
      return query.expired;
  }
  return false;
}

bool HasAll(const model::Silence& silence, const model::Matchers& filter) {
  const auto has = [&](const model::Matcher& matcher) {
    return std::any_of(silence.matcher_sets.begin(), silence.matcher_sets.end(),
                       [&](const model::Matchers& set) {
                         return std::find(set.begin(), set.end(), matcher) != set.end();
                       });
  };
  return std::all_of(filter.begin(), filter.end(), has);
}

struct Shown {
  model::SilenceState state;
  const model::Silence* silence;
};

bool ComesFirst(const Shown& a, const Shown& b) {
  const auto rank = [](model::SilenceState state) {
    if (state == model::SilenceState::kActive) return 0;
    return state == model::SilenceState::kPending ? 1 : 2;
  };
  if (a.state != b.state) return rank(a.state) < rank(b.state);
  const model::Silence &x = *a.silence, &y = *b.silence;
  const bool pending = a.state == model::SilenceState::kPending;
  const Time at = pending ? x.starts_at : x.ends_at;
  const Time other = pending ? y.starts_at : y.ends_at;
  if (at != other) return a.state == model::SilenceState::kExpired ? at > other : at < other;
  return x.id < y.id;
}

// The id in the path; an answer has been given if there is none.
std::optional<std::string> PathId(const ExchangePtr& exchange) {
  std::string id(PathParameter(exchange->request().path));
  if (IsUuid(id)) return id;
  exchange->Answer(CodeResponse(601, "silenceID in path must be of type uuid: " + GoQuote(id)));
  return std::nullopt;
}

void AnswerFailure(const ExchangePtr& exchange, const router::SilenceError& error) {
  using Kind = router::SilenceError::Kind;
  if (error.kind == Kind::kNotDurable) return exchange->AnswerLater(error.message);
  exchange->AnswerError(error.kind == Kind::kNotFound ? 404 : 400, error.message);
}

// What Alertmanager's API wants of the times, beyond what holds for silences from anywhere.
std::string TimesProblem(const model::Silence& silence, Time now) {
  if (silence.starts_at >= silence.ends_at) {
    return "Failed to create silence: start time must be before end time";
  }
  if (silence.ends_at < now) return "Failed to create silence: end time can't be in the past";
  return "";
}

HttpResponse Said(const core::Control::SilenceTaken& taken, HttpResponse response) {
  if (!taken.durable) {
    response.headers.push_back(
        {"Warning", "199 tocsin \"the disk fails: kept in memory, and lost by a crash\""});
  }
  return response;
}

// Core thread.
void SetSilence(const ExchangePtr& exchange, model::Silence silence, core::Control* control,
                Time now) {
  const auto answer =
      [exchange](
          const tl::expected<core::Control::SilenceTaken, router::SilenceError>& silence_taken) {
        if (!silence_taken) return AnswerFailure(exchange, silence_taken.error());
        std::string json;
        JsonWriter writer(&json);
        writer.BeginObject().Key("silenceID").String(silence_taken->id).EndObject();
        exchange->Answer(Said(*silence_taken, JsonResponse(200, json + "\n")));
      };
  control->SetSilence(now, std::move(silence), answer);
}

// Worker. `now` is when the request came.
void DecodeAndSet(const ExchangePtr& exchange, Time now) {
  const std::string body = exchange->TakeBody();
  auto decoded = DecodeSilence(body);
  if (!decoded) {
    return exchange->Answer(CodeResponse(decoded.error().code, decoded.error().message));
  }
  const auto silence = std::make_shared<model::Silence>(std::move(decoded->silence));
  if (const std::string problem = TimesProblem(*silence, now); !problem.empty()) {
    return exchange->AnswerError(400, problem);
  }
  auto matchers =
      model::CompileSilenceMatchers(std::move(decoded->matchers), 0, exchange->options().syntax);
  if (!matchers) return exchange->AnswerError(400, "invalid silence: " + matchers.error().message);
  silence->matcher_sets.push_back(std::move(*matchers));
  const bool taken = exchange->options().core->TryRun(
      body.size(), [exchange, silence](core::Control& control, Time later) {
        SetSilence(exchange, std::move(*silence), &control, later);
      });
  if (!taken) exchange->AnswerLater(kBusy);
}

}  // namespace

Result<SilencesQuery> ParseSilencesQuery(const std::vector<net::QueryParam>& params,
                                         model::MatcherSyntax syntax) {
  auto filter = MatcherParams(params, "filter", syntax);
  if (!filter) return tl::unexpected(filter.error());
  return SilencesQuery{BoolParam(params, "active", true), BoolParam(params, "pending", true),
                       BoolParam(params, "expired", true), std::move(*filter)};
}

std::string SerializeSilences(const std::vector<model::SilencePtr>& silences,
                              const SilencesQuery& query, Time now) {
  std::vector<Shown> shown;
  for (const model::SilencePtr& silence : silences) {
    const model::SilenceState state = ShownState(*silence, now);
    if (Asks(query, state) && HasAll(*silence, query.filter)) {
      shown.push_back({state, silence.get()});
    }
  }
  std::sort(shown.begin(), shown.end(), ComesFirst);
  std::string json;
  JsonWriter writer(&json);
  writer.BeginArray();
  for (const Shown& one : shown) WriteSilence(*one.silence, now, &writer);
  writer.EndArray();
  json += '\n';
  return json;
}

bool IsUuid(std::string_view text) {
  constexpr std::size_t kDigits = 32;
  std::size_t digits = 0;
  bool dash = false;  // The last one was.
  for (const char c : text) {
    const bool is_digit =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    const bool dash_allowed =
        !dash && (digits == 8 || digits == 12 || digits == 16 || digits == 20);
    if (!is_digit && !(c == '-' && dash_allowed)) return false;
    dash = !is_digit;
    digits += is_digit ? 1 : 0;
  }
  return digits == kDigits;
}

void GetSilences(const ExchangePtr& exchange) {
  auto parsed = ParseSilencesQuery(exchange->request().query, exchange->options().syntax);
  if (!parsed) return exchange->AnswerError(400, parsed.error().message);
  const auto query = std::make_shared<const SilencesQuery>(std::move(*parsed));
  AnswerFromSnapshot(exchange, [query](const core::Control& control, Time now) -> Snapshot {
    auto silences = control.Silences();
    return {silences->size(), [query, silences, now] {
              return JsonResponse(200, SerializeSilences(*silences, *query, now));
            }};
  });
}

void PostSilences(const ExchangePtr& exchange) {
  // First to the core: it has the time that the request goes by.
  const bool asked =
      exchange->options().core->TryRun(0, [exchange](const core::Control& control, Time now) {
        if (!control.installed()) return exchange->AnswerLater(kStarting);
        const std::uint64_t configured = control.config()->limits.request_body_bytes;
        const std::uint64_t body_max =
            configured > 0 ? std::min(configured, kSilenceBytesMax) : kSilenceBytesMax;
        if (exchange->request().body.size() > body_max) {
          return exchange->Answer(CodeResponse(
              413, "silence in body has more than " + std::to_string(body_max) + " bytes"));
        }
        const bool begun =
            exchange->options().workers->TryRun([exchange, now] { DecodeAndSet(exchange, now); });
        if (!begun) exchange->AnswerLater(kBusy);
      });
  if (!asked) exchange->AnswerLater(kBusy);
}

void GetSilence(const ExchangePtr& exchange) {
  const std::optional<std::string> id = PathId(exchange);
  if (!id) return;
  AnswerFromSnapshot(exchange, [id = *id](const core::Control& control, Time now) -> Snapshot {
    return {1, [id, silences = control.Silences(), now] {
              const auto it = std::find_if(silences->begin(), silences->end(),
                                           [&](const auto& silence) { return silence->id == id; });
              if (it == silences->end()) return HttpResponse{404, {}, ""};
              std::string json;
              JsonWriter writer(&json);
              WriteSilence(**it, now, &writer);
              return JsonResponse(200, json + "\n");
            }};
  });
}

void DeleteSilence(const ExchangePtr& exchange) {
  const std::optional<std::string> id = PathId(exchange);
  if (!id) return;
  const bool taken = exchange->options().core->TryRun(0, [exchange, id = *id](
                                                             core::Control& control, Time now) {
    if (!control.installed()) return exchange->AnswerLater(kStarting);
    const auto answer =
        [exchange](const tl::expected<core::Control::SilenceTaken, router::SilenceError>& expired) {
          if (expired) return exchange->Answer(Said(*expired, {200, {}, ""}));
          if (expired.error().kind == router::SilenceError::Kind::kNotFound) {
            return exchange->Answer({404, {}, ""});
          }
          AnswerFailure(exchange, expired.error());
        };
    control.ExpireSilence(now, id, answer);
  });
  if (!taken) exchange->AnswerLater(kBusy);
}

}  // namespace tocsin::api
