#include "templates/notification_functions.h"

#include "base/text.h"
#include "base/time_zone.h"
#include "gotemplate/go_time.h"
#include "gotemplate/safe_types.h"
#include "gotemplate/template.h"
#include "gotemplate/value_json.h"
#include "gotemplate/value_map.h"
#include "templates/base64_url.h"
#include "templates/text_functions.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace tocsin::templates {
namespace {

using gotemplate::Context;
using gotemplate::GoTime;
using gotemplate::kAnyListType;
using gotemplate::kAnyMapType;
using gotemplate::kAnyType;
using gotemplate::kDurationType;
using gotemplate::kStringListType;
using gotemplate::kStringType;
using gotemplate::kTimeType;
using gotemplate::Value;

using Args = std::span<const Value>;

Value CopyList(Args first, Args second, const gotemplate::Type& type, Context& context) {
  const std::span<Value> list = context.arena().Array<Value>(first.size() + second.size());
  std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), list.begin()));
  return Value::List(list, type);
}

Result<Value> TrimSpaceOf(Args args, Context&) {
  return Value::String(TrimSpace(args[0].AsString()));
}

Status Join(Args args, Context& context, std::string* out) {
  const std::size_t before = out->size();
  const Args elements = args[1].has_value() ? args[1].AsList() : Args();
  for (std::size_t i = 0; i < elements.size() && out->size() - before <= context.room(); ++i) {
    if (i > 0) out->append(args[0].AsString());
    out->append(elements[i].AsString());
  }
  return {};
}

Result<Value> SafeUrl(Args args, Context&) {
  return args[0].WithType(gotemplate::kUrlType);
}

Status UrlUnescape(Args args, Context&, std::string* out) {
  Result<std::string> text = QueryUnescape(args[0].AsString());
  if (!text) return tl::unexpected(std::move(text.error()));
  out->append(*text);
  return {};
}

Result<Value> StringSlice(Args args, Context& context) {
  return CopyList(args, {}, kStringListType, context);
}

Status Date(Args args, Context&, std::string* out) {
  gotemplate::AppendGoTime(TimeFrom(args[1]), args[0].AsString(), out);
  return {};
}

Result<Value> InZone(Args args, Context& context) {
  const Result<const TimeZone*> zone = TimeZone::Find(args[0].AsString());
  if (!zone) return tl::unexpected(zone.error());
  GoTime time = TimeFrom(args[1]);
  time.zone = *zone;
  return TimeValue(time, context.arena());
}

// In the zone of the server, as Go's clock.
Result<Value> Now(Args, Context& context) {
  const Result<const TimeZone*> local = TimeZone::Find("Local");
  if (!local) return tl::unexpected(local.error());
  GoTime now = GoTime::From(context.User<NotificationScope>().now);
  now.zone = *local;
  return TimeValue(now, context.arena());
}

Result<Value> Since(Args args, Context& context) {
  const GoTime now = GoTime::From(context.User<NotificationScope>().now);
  return gotemplate::DurationValue(gotemplate::Difference(now, TimeFrom(args[0])));
}

Result<Value> ToDate(Args args, Context& context) {
  const Result<GoTime> time = gotemplate::ParseGoTime(args[0].AsString(), args[1].AsString());
  return TimeValue(time.value_or(GoTime()), context.arena());
}

Result<Value> MustToDate(Args args, Context& context) {
  const Result<GoTime> time = gotemplate::ParseGoTime(args[0].AsString(), args[1].AsString());
  if (!time) return tl::unexpected(time.error());
  return TimeValue(*time, context.arena());
}

Status ToJson(Args args, Context& context, std::string* out) {
  return gotemplate::AppendJson(args[0], context.arena(), context.room(), out);
}

Status Base64Decode(Args args, Context&, std::string* out) {
  return DecodeBase64Url(args[0].AsString(), out);
}

Result<Value> List(Args args, Context& context) {
  return CopyList(args, {}, kAnyListType, context);
}

Result<Value> Append(Args args, Context& context) {
  const Args list = args[0].has_value() ? args[0].AsList() : Args();
  return CopyList(list, args.subspan(1), kAnyListType, context);
}

Result<Value> Dict(Args args, Context& context) {
  if (args.size() % 2 != 0) return Fail("dict requires an even number of arguments");
  std::vector<std::pair<Value, Value>> entries;
  for (std::size_t i = 0; i < args.size(); i += 2) {
    if (args[i].type() != &kStringType) return Fail("dict keys must be strings");
    entries.emplace_back(args[i], args[i + 1]);
  }
  return Value::Map(context.arena().New<gotemplate::ValueMap>(std::move(entries)), kAnyMapType);
}

Status RouteLabel(Args args, Context& context, std::string* out) {
  const Result<std::string> value =
      (*context.User<NotificationScope>().route_label)(args[0].AsString());
  if (!value) return tl::unexpected<Error>(value.error());
  *out += *value;
  return {};
}

void AddTextTools(gotemplate::FunctionTable* table) {
  table->Add(
      {.name = "trimSpace", .params = {&kStringType}, .call = TrimSpaceOf, .result = &kStringType});
  table->Add({.name = "join",
              .params = {&kStringType, &kStringListType},
              .write = Join,
              .result = &kStringType});
  table->Add({.name = "safeUrl",
              .params = {&kStringType},
              .call = SafeUrl,
              .result = &gotemplate::kUrlType});
  table->Add({.name = "urlUnescape",
              .params = {&kStringType},
              .write = UrlUnescape,
              .result = &kStringType});
  table->Add({.name = "toJson", .params = {&kAnyType}, .write = ToJson, .result = &kStringType});
  table->Add(StringFunction("base64encode", AppendBase64Url));
  table->Add({.name = "base64decode",
              .params = {&kStringType},
              .write = Base64Decode,
              .result = &kStringType});
  table->Add({.name = "routeLabels",
              .params = {&kStringType},
              .write = RouteLabel,
              .result = &kStringType});
}

void AddTimeTools(gotemplate::FunctionTable* table) {
  table->Add({.name = "date",
              .params = {&kStringType, &kTimeType},
              .write = Date,
              .result = &kStringType});
  table->Add(
      {.name = "tz", .params = {&kStringType, &kTimeType}, .call = InZone, .result = &kTimeType});
  table->Add({.name = "now", .params = {}, .call = Now, .result = &kTimeType, .pure = false});
  table->Add({.name = "since",
              .params = {&kTimeType},
              .call = Since,
              .result = &kDurationType,
              .pure = false});
  table->Add({.name = "toDate",
              .params = {&kStringType, &kStringType},
              .call = ToDate,
              .result = &kTimeType});
  table->Add({.name = "mustToDate",
              .params = {&kStringType, &kStringType},
              .call = MustToDate,
              .result = &kTimeType});
}

void AddCollections(gotemplate::FunctionTable* table) {
  table->Add({.name = "stringSlice",
              .params = {&kStringType},
              .variadic = true,
              .call = StringSlice,
              .result = &kStringListType});
  table->Add({.name = "list",
              .params = {&kAnyType},
              .variadic = true,
              .call = List,
              .result = &kAnyListType});
  table->Add({.name = "append",
              .params = {&kAnyListType, &kAnyType},
              .variadic = true,
              .call = Append,
              .result = &kAnyListType});
  table->Add({.name = "dict",
              .params = {&kAnyType},
              .variadic = true,
              .call = Dict,
              .result = &kAnyMapType});
}

}  // namespace

std::shared_ptr<const gotemplate::FunctionTable> NotificationFunctions() {
  auto table = std::make_shared<gotemplate::FunctionTable>();
  AddTextFunctions(RestOfWord::kLower, table.get());
  AddTextTools(table.get());
  AddTimeTools(table.get());
  AddCollections(table.get());
  return table;
}

}  // namespace tocsin::templates
