#include "templates/rule_functions.h"

#include "base/duration.h"
#include "base/json_writer.h"
#include "gotemplate/escape_text.h"
#include "gotemplate/go_time.h"
#include "gotemplate/safe_types.h"
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
  if (scope.answers == nullptr) return Fail("query has nobody to answer it here");
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

Result<Value> ValueOf(Args args, Context& context) {
  const QuerySample* sample = SampleArgument(args[0]);
  if (sample == nullptr) return NilSample();
  return SampleValue(sample->value, sample->histogram.get(), context.arena());
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

void AppendExpressionLink(std::string_view expression, std::string_view tab, std::string* out) {
  out->append("/graph?g0.expr=");
  gotemplate::AppendQueryEscaped(expression, out);
  out->append("&g0.tab=").append(tab);
}
void AppendGraphLink(std::string_view expression, std::string* out) {
  AppendExpressionLink(expression, "0", out);
}
void AppendTableLink(std::string_view expression, std::string* out) {
  AppendExpressionLink(expression, "1", out);
}

Result<Value> PathPrefix(Args, Context& context) {
  return Value::String(UrlPath(context.User<RuleScope>().data->external_url));
}

Result<Value> ExternalUrl(Args, Context& context) {
  return Value::String(context.User<RuleScope>().data->external_url);
}

Result<Value> WithoutPort(Args args, Context&) {
  return Value::String(StripPort(args[0].AsString()));
}

// A template of the set, in HTML: consoles have it.
Result<Value> RenderTemplate(Args args, Context& context) {
  Result<std::string> text = context.Execute(args[0].AsString(), args[1]);
  if (!text) return tl::unexpected(std::move(text.error()));
  return context.String(*std::move(text), gotemplate::kHtmlType);
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

Status HumanizeTimestamp(Args args, Context&, std::string* out) {
  const Result<double> seconds = ToFloat(args[0]);
  if (!seconds) return tl::unexpected(seconds.error());
  if (!std::isfinite(*seconds)) {
    AppendFourDigits(*seconds, out);
    return {};
  }
  const Result<GoTime> time = ToTime(*seconds);
  if (!time) return tl::unexpected(time.error());
  gotemplate::AppendGoTime(*time, out);
  return {};
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

Status FormatTime(Args args, Context&, std::string* out) {
  const Result<GoTime> time = TimeArgument(args[1]);
  if (!time) return tl::unexpected(time.error());
  gotemplate::AppendGoTime(*time, args[0].AsString(), out);
  return {};
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

void AppendQuotesEscaped(std::string_view text, std::string* out) {
  const std::size_t before = out->size();
  AppendJsonString(text, out);
  out->pop_back();
  out->erase(before, 1);
}

void AppendReference(char c, std::string* out) {
  switch (c) {
    case '&':
      out->append("&amp;");
      break;
    case '<':
      out->append("&lt;");
      break;
    case '>':
      out->append("&gt;");
      break;
    case '"':
      out->append("&#34;");
      break;
    case '\'':
      out->append("&#39;");
      break;
    default:
      out->push_back(c);
  }
}

void AppendReferences(std::string_view text, std::string* out) {
  for (const char c : text) AppendReference(c, out);
}

void AppendCrlfEscaped(std::string_view text, std::string* out) {
  for (const char c : text) {
    if (c == '\n') {
      out->append("\\n");
    } else if (c == '\r') {
      out->append("\\r");
    } else {
      out->push_back(c);
    }
  }
}

// For one segment of a URL's path.
void AppendPathEscaped(std::string_view text, std::string* out) {
  for (const char c : text) {
    if (std::string_view("$&+:=@").find(c) != std::string_view::npos) {
      out->push_back(c);
    } else if (c == ' ') {
      out->append("%20");
    } else {
      gotemplate::AppendQueryEscaped(std::string_view(&c, 1), out);
    }
  }
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
  table->Add(NumberFunction("humanize", AppendHumanized));
  table->Add(NumberFunction("humanize1024", AppendHumanized1024));
  table->Add(NumberFunction("humanizePercentage", AppendHumanizedPercentage));
  table->Add({.name = "humanizeTimestamp",
              .params = {&kAnyType},
              .write = HumanizeTimestamp,
              .result = &kStringType});
}

void AddTimeFunctions(gotemplate::FunctionTable* table) {
  table->Add({.name = "toTime", .params = {&kAnyType}, .call = TimeOf, .result = &kTimeType});
  table->Add({.name = "formatTime",
              .params = {&kStringType, &kAnyType},
              .write = FormatTime,
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
  table->Add(
      {.name = "stripPort", .params = {&kStringType}, .call = WithoutPort, .result = &kStringType});
  table->Add(StringFunction("stripDomain", AppendWithoutDomain));
  table->Add(StringFunction("graphLink", AppendGraphLink));
  table->Add(StringFunction("tableLink", AppendTableLink));
  table->Add({.name = "pathPrefix", .params = {}, .call = PathPrefix, .result = &kStringType});
  table->Add({.name = "externalURL", .params = {}, .call = ExternalUrl, .result = &kStringType});
  table->Add(StringFunction("urlQueryEscape", gotemplate::AppendQueryEscaped));
  table->Add(StringFunction("queryEscape", gotemplate::AppendQueryEscaped));
  table->Add(StringFunction("pathEscape", AppendPathEscaped));
  table->Add(StringFunction("htmlEscape", AppendReferences));
  table->Add(StringFunction("jsonEscape", AppendJsonString));
  table->Add(StringFunction("quotesEscape", AppendQuotesEscaped));
  table->Add(StringFunction("crlfEscape", AppendCrlfEscaped));
}

}  // namespace

std::shared_ptr<const gotemplate::FunctionTable> RuleFunctions(bool html) {
  auto table = std::make_shared<gotemplate::FunctionTable>();
  AddTextFunctions(RestOfWord::kKeep, table.get());
  AddQueryFunctions(table.get());
  AddNumberFunctions(table.get());
  AddTimeFunctions(table.get());
  AddUrlFunctions(table.get());
  if (html) {
    table->Add({.name = "tmpl",
                .params = {&kStringType, &kAnyType},
                .call = RenderTemplate,
                .result = &gotemplate::kHtmlType,
                .pure = false});
  }
  return table;
}

}  // namespace tocsin::templates
