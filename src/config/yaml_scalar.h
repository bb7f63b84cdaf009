#pragma once

// What an unquoted scalar means, as YAML 1.1 and Go's yaml.v2 have it: `yes` is a boolean, `0x1f`,
// `010` and `1_000` are numbers. The reader asks when it wants a boolean or a number, the writer to
// know which strings it has to quote.

#include <cstdint>
#include <optional>
#include <string_view>

namespace tocsin::config {

enum class ScalarType { kString, kNull, kBool, kInt, kFloat, kTimestamp, kMerge };

ScalarType ResolveScalar(std::string_view text);

std::optional<bool> ParseYamlBool(std::string_view text);
// Decimal, 0x, 0o, 0 (octal), 0b; underscores between digits; a sign.
std::optional<std::int64_t> ParseYamlInt(std::string_view text);
// Those that are too large for the other, up to 2^64 - 1.
std::optional<std::uint64_t> ParseYamlUint(std::string_view text);
// None for what is too large, as in Go.
std::optional<double> ParseYamlFloat(std::string_view text);

}  // namespace tocsin::config
