#pragma once

// Alertmanager's command-line flags, all of them under their own names and with their defaults, so
// that a container or a unit needs nothing but another program in it. Pure.

#include "base/result.h"
#include "base/time.h"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::app {

enum class FlagKind {
  kText,
  kTexts,  // May be given more than once.
  kSwitch,
  kNumber,
  kRatio,
  kDuration,
  kPositiveDuration,
  kLogLevel,
  kLogFormat,
};

struct FlagSpec {
  std::string_view name;  // `--config.file`
  FlagKind kind;
  std::string_view fallback;  // What it is when it is not given.
  std::string_view help;      // Empty: read and checked, but there is nothing here that it sets.
};

std::span<const FlagSpec> AllFlags();

// What was given; the last value of a flag that is no kTexts counts.
using FlagValues = std::map<std::string, std::vector<std::string>, std::less<>>;

// As Go writes durations, or as Prometheus does: `1h30m`, `5d`.
Result<Duration> ParseFlagDuration(const std::string& text);

// Each value by its kind.
Status CheckFlags(const FlagValues& given);

// Preconditions: the name is one of AllFlags, the values are checked.
std::string FlagText(const FlagValues& given, std::string_view name);
std::vector<std::string> FlagTexts(const FlagValues& given, std::string_view name);

// What to say to `--x.y=z` that is no flag: it names the nearest one that is.
std::string UnknownFlagMessage(std::string_view argument);

}  // namespace tocsin::app
