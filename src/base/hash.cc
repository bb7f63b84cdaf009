#include "base/hash.h"

#include <openssl/evp.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

namespace tocsin {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::array<unsigned char, EVP_MAX_MD_SIZE> Digest(const EVP_MD* algorithm, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, algorithm, nullptr);
  return digest;
}

}  // namespace

std::uint64_t Fnv1a64(std::string_view bytes, std::uint64_t state) {
  for (const char c : bytes) {
    state ^= static_cast<unsigned char>(c);
    state *= 1099511628211ULL;
  }
  return state;
}

std::uint64_t XxHash64(std::string_view bytes) {
  return XXH64(bytes.data(), bytes.size(), 0);
}

std::string Sha256Hex(std::string_view bytes) {
  constexpr std::size_t kDigestSize = 32;
  const auto digest = Digest(EVP_sha256(), bytes);
  std::string out(2 * kDigestSize, '0');
  for (std::size_t i = 0; i < kDigestSize; ++i) {
    out[2 * i] = kHexDigits[digest[i] >> 4];
    out[2 * i + 1] = kHexDigits[digest[i] & 15];
  }
  return out;
}

std::uint64_t Md5Prefix48(std::string_view bytes) {
  const auto digest = Digest(EVP_md5(), bytes);
  std::uint64_t value = 0;
  for (std::size_t i = 6; i-- > 0;) value = value << 8 | digest[i];
  return value;
}

std::uint64_t Md5Suffix64(std::string_view bytes) {
  const auto digest = Digest(EVP_md5(), bytes);
  std::uint64_t value = 0;
  for (std::size_t i = 8; i < 16; ++i) value = value << 8 | digest[i];
  return value;
}

std::string Hex16(std::uint64_t value) {
  std::string out;
  AppendHex16(value, &out);
  return out;
}

void AppendHex16(std::uint64_t value, std::string* out) {
  std::array<char, 16> digits;
  for (std::size_t i = digits.size(); i-- > 0; value >>= 4) digits[i] = kHexDigits[value & 15];
  out->append(digits.data(), digits.size());
}

}  // namespace tocsin
