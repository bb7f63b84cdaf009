#include "templates/rule_functions.h"

#include "base/duration.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "gotemplate/go_time.h"
#include "gotemplate/template.h"
#include "gotemplate/value_map.h"
#include "templates/host_names.h"
#include "templates/humanize.h"
#include "templates/rule_values.h"
#include "templates/text_functions.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tocsin::templates {
namespace {

using gotemplate::Context;
using gotemplate::GoTime;
using gotemplate::kAnyMapType;
using gotemplate::kAnyType;
using gotemplate::kDurationType;
using gotemplate::kFloat64Type;
using gotemplate::kStringType;
using gotemplate::kTimeType;
using gotemplate::Value;

using Args = std::span<const Value>;

constexpr double kNanosecondsPerSecond = 1e9;

Result<Value> Query(Args args, Context& context) {
  auto& scope = context.User<RuleScope>();
  if (scope.answers == nullptr) return Fail("query is not available yet");
  const auto answer = scope.answers->find(args[0].AsString());
  if (answer == scope.answers->end()) {
    scope.needs_query = args[0].AsString();
    return Fail("the answer is not here yet");
  }
  if (!answer->second) return tl::unexpected(answer->second.error());
  return QueryResultValue(*answer->second, context.arena());
}

Result<Value> First(Args args, Context&) {
  if (!args[0].has_value() || args[0].AsList().empty()) {
    return Fail("first() called on vector with no elements");
  }
  return args[0].AsList().front();
}

tl::unexpected<Error> NilSample() {
  return Fail("runtime error: invalid memory address or nil pointer dereference");
}

const QuerySample* SampleArgument(const Value& value) {
  return value.has_value() ? SampleFrom(value) : nullptr;
}

Result<Value> LabelOf(Args args, Context&) {
  const QuerySample* sample = SampleArgument(args[1]);
  if (sample == nullptr) return NilSample();
  return Value::String(sample->labels.Get(args[0].AsString()));
}

Result<Value> ValueOf(Args args, Context&) {
  const QuerySample* sample = SampleArgument(args[0]);
  if (sample == nullptr) return NilSample();
  return Value::Float(sample->value);
}

Result<Value> StringValueOf(Args args, Context&) {
  const QuerySample* sample = SampleArgument(args[0]);
  if (sample == nullptr) return NilSample();
  return Value::String(sample->labels.Get("__value__"));
}

Result<Value> SortByLabel(Args args, Context& context) {
  if (!args[1].has_value()) return args[1];
  const std::string_view label = args[0].AsString();
  const std::span<Value> sorted = context.arena().Array<Value>(args[1].AsList().size());
  std::copy(args[1].AsList().begin(), args[1].AsList().end(), sorted.begin());
  std::stable_sort(sorted.begin(), sorted.end(), [label](const Value& a, const Value& b) {
    return SampleFrom(a)->labels.Get(label) < SampleFrom(b)->labels.Get(label);
  });
  return Value::List(sorted, kQueryResultType);
}

// Several values for one call of a template: arg0, arg1 ...
Result<Value> Arguments(Args args, Context& context) {
  std::vector<std::pair<Value, Value>> entries;
  for (std::size_t i = 0; i < args.size(); ++i) {
    entries.emplace_back(context.String("arg" + std::to_string(i)), args[i]);
  }
  return Value::Map(context.arena().New<gotemplate::ValueMap>(std::move(entries)), kAnyMapType);
}

std::string ExpressionLink(std::string_view expression, std::string_view tab) {
  return "/graph?g0.expr=" + QueryEscape(expression) + "&g0.tab=" + std::string(tab);
}
std::string GraphLink(std::string_view expression) {
  return ExpressionLink(expression, "0");
}
std::string TableLink(std::string_view expression) {
  return ExpressionLink(expression, "1");
}

Result<Value> PathPrefix(Args, Context& context) {
  return context.String(UrlPath(context.User<RuleScope>().data->external_url));
}

Result<Value> ExternalUrl(Args, Context& context) {
  return Value::String(context.User<RuleScope>().data->external_url);
}

// Milliseconds are what Prometheus's timestamps hold. Precondition: finite.
Result<GoTime> ToTime(double seconds) {
  const double nanoseconds = seconds * kNanosecondsPerSecond;
  if (!(nanoseconds >= -0x1p63 && nanoseconds < 0x1p63)) {
    return Fail(gotemplate::PrintValue(Value::Float(seconds)) +
                " cannot be represented as a nanoseconds timestamp since it overflows int64");
  }
  const std::int64_t milliseconds = static_cast<std::int64_t>(nanoseconds) / 1'000'000;
  return GoTime::From(Time(std::chrono::milliseconds(milliseconds)));
}

Result<Value> HumanizeTimestamp(Args args, Context& context) {
  const Result<double> seconds = ToFloat(args[0]);
  if (!seconds) return tl::unexpected(seconds.error());
  if (!std::isfinite(*seconds)) return context.String(FormatFourDigits(*seconds));
  const Result<GoTime> time = ToTime(*seconds);
  if (!time) return tl::unexpected(time.error());
  std::string text;
  gotemplate::AppendGoTime(*time, &text);
  return context.String(std::move(text));
}

Result<GoTime> TimeArgument(const Value& value) {
  const Result<double> seconds = ToFloat(value);
  if (!seconds) return tl::unexpected(seconds.error());
  if (!std::isfinite(*seconds)) return Fail("value is NaN or Inf");
  return ToTime(*seconds);
}

Result<Value> TimeOf(Args args, Context& context) {
  const Result<GoTime> time = TimeArgument(args[0]);
  if (!time) return tl::unexpected(time.error());
  return TimeValue(*time, context.arena());
}

Result<Value> FormatTime(Args args, Context& context) {
  const Result<GoTime> time = TimeArgument(args[1]);
  if (!time) return tl::unexpected(time.error());
  return context.String(gotemplate::FormatGoTime(*time, args[0].AsString()));
}

Result<Value> DurationOf(Args args, Context&) {
  const Result<double> seconds = ToFloat(args[0]);
  if (!seconds) return tl::unexpected(seconds.error());
  const double nanoseconds = *seconds * kNanosecondsPerSecond;
  if (!(nanoseconds >= -0x1p63 && nanoseconds < 0x1p63)) {
    return Fail(gotemplate::PrintValue(Value::Float(*seconds)) +
                " cannot be represented as a duration since it overflows int64");
  }
  return gotemplate::DurationValue(Duration(static_cast<std::int64_t>(nanoseconds)));
}

Result<Value> Now(Args, Context& context) {
  const Time time = context.User<RuleScope>().data->evaluation_time;
  return Value::Float(static_cast<double>(UnixMillis(time)) / 1000);
}

// Prometheus's notation with a sign.
Result<Duration> SignedDuration(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  const Result<Duration> duration = ParsePrometheusDuration(text.substr(negative ? 1 : 0));
  if (!duration) return duration;
  return negative ? -*duration : *duration;
}

Result<Value> ParseDurationSeconds(Args args, Context&) {
  const Result<Duration> duration = SignedDuration(args[0].AsString());
  if (!duration) return tl::unexpected(duration.error());
  return Value::Float(Seconds(*duration));
}

Result<Value> ParseDurationTime(Args args, Context&) {
  const Result<Duration> duration = SignedDuration(args[0].AsString());
  if (!duration) return tl::unexpected(duration.error());
  return gotemplate::DurationValue(*duration);
}

std::string JsonEscape(std::string_view text) {
  std::string json;
  AppendJsonString(text, &json);
  return json;
}

std::string QuotesEscape(std::string_view text) {
  const std::string json = JsonEscape(text);
  return json.substr(1, json.size() - 2);
}

std::string HtmlEscape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string CrlfEscape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      out += c;
    }
  }
  return out;
}

// For one segment of a URL's path.
std::string PathEscape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("$&+:=@").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += c == ' ' ? "%20" : QueryEscape(std::string_view(&c, 1));
    }
  }
  return out;
}

void AddQueryFunctions(gotemplate::FunctionTable* table) {
  table->Add({.name = "query",
              .params = {&kStringType},
              .call = Query,
              .result = &kQueryResultType,
              .pure = false});
  table->Add({.name = "first",
              .params = {&kQueryResultType},
              .call = First,
              .result = &kSamplePointerType});
  table->Add({.name = "label",
              .params = {&kStringType, &kSamplePointerType},
              .call = LabelOf,
              .result = &kStringType});
  table->Add(
      {.name = "value", .params = {&kSamplePointerType}, .call = ValueOf, .result = &kAnyType});
  table->Add({.name = "strvalue",
              .params = {&kSamplePointerType},
              .call = StringValueOf,
              .result = &kStringType});
  table->Add({.name = "sortByLabel",
              .params = {&kStringType, &kQueryResultType},
              .call = SortByLabel,
              .result = &kQueryResultType});
  table->Add({.name = "args",
              .params = {&kAnyType},
              .variadic = true,
              .call = Arguments,
              .result = &kAnyMapType});
}

void AddNumberFunctions(gotemplate::FunctionTable* table) {
  table->Add(NumberFunction("humanize", Humanize));
  table->Add(NumberFunction("humanize1024", Humanize1024));
  table->Add(NumberFunction("humanizePercentage", HumanizePercentage));
  table->Add({.name = "humanizeTimestamp",
              .params = {&kAnyType},
              .call = HumanizeTimestamp,
              .result = &kStringType});
}

void AddTimeFunctions(gotemplate::FunctionTable* table) {
  table->Add({.name = "toTime", .params = {&kAnyType}, .call = TimeOf, .result = &kTimeType});
  table->Add({.name = "formatTime",
              .params = {&kStringType, &kAnyType},
              .call = FormatTime,
              .result = &kStringType});
  table->Add(
      {.name = "toDuration", .params = {&kAnyType}, .call = DurationOf, .result = &kDurationType});
  table->Add({.name = "now", .params = {}, .call = Now, .result = &kFloat64Type});
  table->Add({.name = "parseDuration",
              .params = {&kStringType},
              .call = ParseDurationSeconds,
              .result = &kFloat64Type});
  table->Add({.name = "parseDurationTime",
              .params = {&kStringType},
              .call = ParseDurationTime,
              .result = &kDurationType});
}

void AddUrlFunctions(gotemplate::FunctionTable* table) {
  table->Add(StringFunction("stripPort", StripPort));
  table->Add(StringFunction("stripDomain", StripDomain));
  table->Add(StringFunction("graphLink", GraphLink));
  table->Add(StringFunction("tableLink", TableLink));
  table->Add({.name = "pathPrefix", .params = {}, .call = PathPrefix, .result = &kStringType});
  table->Add({.name = "externalURL", .params = {}, .call = ExternalUrl, .result = &kStringType});
  table->Add(StringFunction("urlQueryEscape", QueryEscape));
  table->Add(StringFunction("queryEscape", QueryEscape));
  table->Add(StringFunction("pathEscape", PathEscape));
  table->Add(StringFunction("htmlEscape", HtmlEscape));
  table->Add(StringFunction("jsonEscape", JsonEscape));
  table->Add(StringFunction("quotesEscape", QuotesEscape));
  table->Add(StringFunction("crlfEscape", CrlfEscape));
}

}  // namespace

std::shared_ptr<const gotemplate::FunctionTable> RuleFunctions() {
  auto table = std::make_shared<gotemplate::FunctionTable>();
  AddTextFunctions(RestOfWord::kKeep, table.get());
  AddQueryFunctions(table.get());
  AddNumberFunctions(table.get());
  AddTimeFunctions(table.get());
  AddUrlFunctions(table.get());
  return table;
}

}  // namespace tocsin::templates
