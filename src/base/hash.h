#pragma once

// The hashes that the field's formats fix. FNV-1a collisions can be constructed: whoever looks
// something up by fingerprint compares labels on a hit.

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

inline constexpr std::uint64_t kFnvOffsetBasis = 14695981039346656037ULL;
std::uint64_t Fnv1a64(std::string_view bytes, std::uint64_t state = kFnvOffsetBasis);
std::uint64_t XxHash64(std::string_view bytes);  // Seed 0.
std::string Sha256Hex(std::string_view bytes);   // 64 lower-case digits.
// The first six bytes of MD5 as a little-endian number: alertmanager_config_hash.
std::uint64_t Md5Prefix48(std::string_view bytes);
// The last eight bytes of MD5 as a big-endian number: relabelling's hashmod.
std::uint64_t Md5Suffix64(std::string_view bytes);
std::string Hex16(std::uint64_t value);  // 16 lower-case digits.
void AppendHex16(std::uint64_t value, std::string* out);

}  // namespace tocsin
