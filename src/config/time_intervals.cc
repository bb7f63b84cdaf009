#include "base/text.h"
#include "config/load_parts.h"
#include "config/marshal_parts.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin::config {
namespace {

using model::IntRange;
using model::TimeInterval;

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};

template <std::size_t kSize>
std::optional<int> PositionOf(const std::array<std::string_view, kSize>& names,
                              std::string_view name) {
  for (std::size_t i = 0; i < kSize; ++i) {
    if (names[i] == name) return static_cast<int>(i);
  }
  return std::nullopt;
}

std::optional<int> ParseInt(std::string_view text) {
  if (text.starts_with('+') && text.substr(1, 1) != "-") text.remove_prefix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<int> ParseWeekday(std::string_view text) {
  if (const auto day = PositionOf(kWeekdays, text)) return *day;
  return Fail(std::string(text) + " is not a valid weekday");
}

Result<int> ParseMonth(std::string_view text) {
  if (const auto month = PositionOf(kMonths, text)) return *month + 1;
  if (const auto month = ParseInt(text)) return *month;
  return Fail(std::string(text) + " is not a valid month");
}

Result<int> ParseNumber(std::string_view text) {
  if (const auto number = ParseInt(text)) return *number;
  return Fail("not a whole number: " + Shown(text));
}

// `a` or `a:b`, in any case.
Result<IntRange> ParseRange(const std::string& text, Result<int> (*parse)(std::string_view)) {
  const std::string lower = AsciiLower(text);
  const std::vector<std::string_view> parts = Split(lower, ':');
  if (parts.size() > 2) return Fail("couldn't parse range " + text + ", invalid format");
  const Result<int> begin = parse(parts.front());
  if (!begin) return tl::unexpected(begin.error());
  const Result<int> end = parse(parts.back());
  if (!end) return tl::unexpected(end.error());
  return IntRange{*begin, *end};
}

std::string_view BeginText(std::string_view range) {
  return range.substr(0, range.find(':'));
}
std::string_view EndText(std::string_view range) {
  return range.substr(range.find(':') + 1);
}

Result<IntRange> ParseWeekdays(const std::string& text) {
  auto range = ParseRange(text, ParseWeekday);
  if (range && range->begin > range->end) return Fail("start day cannot be before end day");
  return range;
}

Result<IntRange> ParseDaysOfMonth(const std::string& text) {
  auto range = ParseRange(text, ParseNumber);
  if (!range) return range;
  for (int day : {range->begin, range->end}) {
    if (day == 0 || day < -31 || day > 31) {
      return Fail(std::to_string(day) + " is not a valid day of the month: out of range");
    }
  }
  if (range->begin < 0 && range->end > 0) {
    return Fail("end day must be negative if start day is negative");
  }
  // No month is shorter than 28 days: what is reversed there is reversed in all.
  const auto in_shortest = [](int day) { return day < 0 ? 28 + day : day; };
  if (in_shortest(range->begin) > in_shortest(range->end)) {
    return Fail("end day " + std::to_string(range->end) + " is always before start day " +
                std::to_string(range->begin));
  }
  return range;
}

Result<IntRange> ParseMonths(const std::string& text) {
  auto range = ParseRange(text, ParseMonth);
  if (!range || range->begin <= range->end) return range;
  const std::string lower = AsciiLower(text);
  return Fail("end month " + std::string(EndText(lower)) + " is before start month " +
              std::string(BeginText(lower)));
}

Result<IntRange> ParseYears(const std::string& text) {
  auto range = ParseRange(text, ParseNumber);
  if (!range || range->begin <= range->end) return range;
  return Fail("end year " + std::to_string(range->end) + " is before start year " +
              std::to_string(range->begin));
}

// `HH:MM`, up to 24:00, in minutes.
Result<int> ParseMinute(const std::string& text) {
  const auto digits = [](std::string_view pair) {
    return pair.size() == 2 && pair.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const std::string_view view = text;
  if (view.size() == 5 && view[2] == ':' && digits(view.substr(0, 2)) && digits(view.substr(3))) {
    const int hour = *ParseInt(view.substr(0, 2));
    const int minute = *ParseInt(view.substr(3));
    if ((hour < 24 && minute < 60) || text == "24:00") return hour * 60 + minute;
  }
  return Fail("couldn't parse timestamp " + text + ", invalid format");
}

void ReadRanges(const Source& source, ObjectReader* reader, std::string_view key,
                Result<IntRange> (*parse)(const std::string&), TimeInterval::Ranges* out) {
  if (reader->Get(key) == nullptr) return;
  out->emplace();
  for (const YamlNodePtr& item : reader->ReadList(key)) {
    if (!item->is_scalar()) {
      source.Error(*item, std::string(key) + ": an item must be a string, not " +
                              std::string(KindName(*item)));
      continue;
    }
    const auto range = parse(item->text());
    if (range) {
      (*out)->push_back(*range);
    } else {
      source.Error(*item, range.error().message);
    }
  }
}

void ReadTimeRange(const Source& source, const YamlNodePtr& node, std::vector<IntRange>* out) {
  ObjectReader reader(source, node, "a time range");
  std::string start, end;
  reader.Read("start_time", &start);
  reader.Read("end_time", &end);
  reader.Finish();
  if (start.empty() || end.empty()) {
    reader.Error("both start and end times must be provided");
    return;
  }
  const auto begin_minute = ParseMinute(start);
  const auto end_minute = ParseMinute(end);
  if (!begin_minute) reader.Error("start_time", begin_minute.error().message);
  if (!end_minute) reader.Error("end_time", end_minute.error().message);
  if (!begin_minute || !end_minute) return;
  if (*begin_minute >= *end_minute) {
    reader.Error("start_time", "start time cannot be equal or greater than end time");
  }
  out->push_back({*begin_minute, *end_minute});
}

void ReadTimes(const Source& source, ObjectReader* reader, TimeInterval* out) {
  if (reader->Get("times") == nullptr) return;
  out->times.emplace();
  for (const YamlNodePtr& node : reader->ReadList("times")) {
    ReadTimeRange(source, node, &*out->times);
  }
}

model::NamedTimeInterval ReadNamed(const Source& source, const YamlNodePtr& node,
                                   const std::string& kind) {
  ObjectReader reader(source, node, kind);
  model::NamedTimeInterval interval;
  reader.Read("name", &interval.name);
  if (interval.name.empty()) reader.Error("name", "missing name in " + kind);
  for (const YamlNodePtr& each : reader.ReadList("time_intervals")) {
    interval.intervals.push_back(ReadTimeInterval(source, each));
  }
  reader.Finish();
  return interval;
}

std::string MinuteText(int minute) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d", minute / 60, minute % 60);
  return text.data();
}

void WriteTimes(const TimeInterval::Ranges& times, YamlWriter* writer) {
  if (!times) return;
  if (times->empty()) {
    writer->EmptyList("times");
    return;
  }
  writer->BeginList("times");
  for (const IntRange& range : *times) {
    writer->BeginItem();
    writer->Text("start_time", MinuteText(range.begin));
    writer->Text("end_time", MinuteText(range.end));
    writer->EndItem();
  }
  writer->EndList();
}

template <class Name>
void WriteRanges(std::string_view key, const TimeInterval::Ranges& ranges, Name name,
                 YamlWriter* writer) {
  if (!ranges) return;
  std::vector<std::string> texts;
  for (const IntRange& range : *ranges) {
    const std::string begin(name(range.begin));
    texts.push_back(range.begin == range.end ? begin : begin + ":" + std::string(name(range.end)));
  }
  writer->FlowTexts(key, texts);
}

}  // namespace

TimeInterval ReadTimeInterval(const Source& source, const YamlNodePtr& node) {
  ObjectReader reader(source, node, "a time interval");
  TimeInterval interval;
  ReadTimes(source, &reader, &interval);
  ReadRanges(source, &reader, "weekdays", ParseWeekdays, &interval.weekdays);
  ReadRanges(source, &reader, "days_of_month", ParseDaysOfMonth, &interval.days_of_month);
  ReadRanges(source, &reader, "months", ParseMonths, &interval.months);
  ReadRanges(source, &reader, "years", ParseYears, &interval.years);
  std::string location;
  if (reader.Read("location", &location)) {
    const auto zone = TimeZone::Find(location);
    if (zone) {
      interval.zone = *zone;
    } else {
      reader.Error("location", zone.error().message);
    }
  }
  reader.Finish();
  return interval;
}

std::vector<model::NamedTimeInterval> ReadTimeIntervals(const Source& source,
                                                        const std::vector<YamlNodePtr>& nodes,
                                                        const std::string& kind,
                                                        std::set<std::string>* names) {
  std::vector<model::NamedTimeInterval> intervals;
  for (const YamlNodePtr& node : nodes) {
    model::NamedTimeInterval interval = ReadNamed(source, node, kind);
    if (!interval.name.empty() && !names->insert(interval.name).second) {
      source.Error(*node, kind + " " + GoQuote(interval.name) + " is not unique");
    }
    intervals.push_back(std::move(interval));
  }
  return intervals;
}

void WriteTimeInterval(const TimeInterval& interval, YamlWriter* writer) {
  const auto number = [](int value) { return std::to_string(value); };
  WriteTimes(interval.times, writer);
  WriteRanges(
      "weekdays", interval.weekdays,
      [](int day) { return kWeekdays.at(static_cast<std::size_t>(day)); }, writer);
  WriteRanges("days_of_month", interval.days_of_month, number, writer);
  WriteRanges("months", interval.months, number, writer);
  WriteRanges("years", interval.years, number, writer);
  if (interval.zone != nullptr) writer->FlowText("location", interval.zone->name());
}

void WriteTimeIntervals(std::string_view key,
                        const std::vector<model::NamedTimeInterval>& intervals,
                        YamlWriter* writer) {
  if (intervals.empty()) return;
  writer->BeginList(key);
  for (const model::NamedTimeInterval& named : intervals) {
    writer->BeginItem();
    writer->Text("name", named.name);
    writer->BeginList("time_intervals");
    for (const TimeInterval& interval : named.intervals) {
      writer->BeginItem();
      WriteTimeInterval(interval, writer);
      writer->EndItem();
    }
    writer->EndList();
    writer->EndItem();
  }
  writer->EndList();
}

}  // namespace tocsin::config
