#include "api/rules_query.h"

#include "api/parameters.h"
#include "base/letter_case.h"
#include "base/text.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace tocsin::api {
namespace {

// The first value counts; absent is empty.
std::string_view First(const std::vector<net::QueryParam>& params, std::string_view name) {
  const std::string* value = net::FindParam(params, name);
  return value == nullptr ? std::string_view() : *value;
}

std::string Lower(std::string_view text) {
  std::string lower;
  AppendLower(text, &lower);
  return lower;
}

Error NotParsed(std::string_view function, std::string_view text, std::string_view why) {
  return {"strconv." + std::string(function) + ": parsing " + GoQuote(text) + ": " +
          std::string(why)};
}

// As Go's strconv.ParseInt(text, 10, 32).
Result<std::int32_t> ParseInt32(std::string_view text) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
  const auto fail = [text](std::string_view why) {
    return tl::unexpected(NotParsed("ParseInt", text, why));
  };
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty()) return fail("invalid syntax");
  std::uint64_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return fail("invalid syntax");
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
    if (number > kMax) return fail("value out of range");
  }
  const auto value =
      negative ? -static_cast<std::int64_t>(number) : static_cast<std::int64_t>(number);
  if (value < std::numeric_limits<std::int32_t>::min() ||
      value > std::numeric_limits<std::int32_t>::max()) {
    return fail("value out of range");
  }
  return static_cast<std::int32_t>(value);
}

Status ParseSelectors(const std::vector<net::QueryParam>& params, RulesQuery* query) {
  for (const std::string& text : ParamValues(params, "match[]")) {
    Result<RuleSelector> selector = RuleSelector::Parse(text);
    if (!selector) return tl::unexpected(selector.error());
    query->selectors.push_back(std::move(*selector));
  }
  if (std::any_of(query->selectors.begin(), query->selectors.end(),
                  [](const RuleSelector& selector) { return selector.matches_all(); })) {
    return Fail("match[] must contain at least one non-empty matcher");
  }
  return {};
}

Status ParseType(const std::vector<net::QueryParam>& params, RulesQuery* query) {
  const std::string type = Lower(First(params, "type"));
  if (type == "alert") {
    query->type = RulesQuery::Type::kAlerting;
  } else if (type == "record") {
    query->type = RulesQuery::Type::kRecording;
  } else if (!type.empty()) {
    return tl::unexpected(BadParameter("type", "not supported value " + GoQuote(type)));
  }
  return {};
}

Status ParseExcludeAlerts(const std::vector<net::QueryParam>& params, RulesQuery* query) {
  const std::string text = Lower(First(params, "exclude_alerts"));
  if (text.empty()) return {};
  const std::optional<bool> exclude = ParseGoBool(text);
  if (!exclude) {
    return tl::unexpected(
        BadParameter("exclude_alerts", "error converting exclude_alerts: " +
                                           NotParsed("ParseBool", text, "invalid syntax").message));
  }
  query->exclude_alerts = *exclude;
  return {};
}

Status ParsePage(const std::vector<net::QueryParam>& params, RulesQuery* query) {
  if (const std::string_view text = First(params, "group_limit"); !text.empty()) {
    const Result<std::int32_t> limit = ParseInt32(text);
    if (!limit) {
      return tl::unexpected(BadParameter(
          "group_limit", "group_limit needs to be a valid number: " + limit.error().message));
    }
    if (*limit <= 0) {
      return tl::unexpected(BadParameter("group_limit", "group_limit needs to be greater than 0"));
    }
    query->group_limit = *limit;
  }
  query->next_token = First(params, "group_next_token");
  if (!query->next_token.empty() && query->group_limit == 0) {
    return tl::unexpected(
        BadParameter("group_next_token",
                     "group_limit needs to be present in order to paginate over the groups"));
  }
  return {};
}

}  // namespace

Error BadParameter(std::string_view name, std::string_view why) {
  return {"invalid parameter \"" + std::string(name) + "\": " + std::string(why)};
}

Result<RulesQuery> ParseRulesQuery(const std::vector<net::QueryParam>& params) {
  RulesQuery query;
  // In the order in which Prometheus looks: of several bad ones it names the first.
  for (const auto parse : {ParseSelectors, ParseType, ParseExcludeAlerts, ParsePage}) {
    if (Status status = parse(params, &query); !status) return tl::unexpected(status.error());
  }
  query.rules = ParamValues(params, "rule_name[]");
  query.groups = ParamValues(params, "rule_group[]");
  query.files = ParamValues(params, "file[]");
  return query;
}

}  // namespace tocsin::api
