#include "base/byte_codec.h"

#include <array>

namespace tocsin {
namespace {

template <std::size_t size>
void PutFixed(std::uint64_t value, std::string* out) {
  std::array<char, size> bytes{};
  for (char& byte : bytes) {
    byte = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  out->append(bytes.data(), size);
}

}  // namespace

void PutVarint(std::uint64_t value, std::string* out) {
  if (value < 0x80) return out->push_back(static_cast<char>(value));
  std::array<char, 10> bytes;
  std::size_t size = 0;
  for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>(0x80 | (value & 0x7f));
  bytes[size++] = static_cast<char>(value);
  out->append(bytes.data(), size);
}

void PutSignedVarint(std::int64_t value, std::string* out) {
  const auto bits = static_cast<std::uint64_t>(value);
  PutVarint((bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0), out);
}

void PutFixed32(std::uint32_t value, std::string* out) {
  PutFixed<4>(value, out);
}

void PutFixed64(std::uint64_t value, std::string* out) {
  PutFixed<8>(value, out);
}

void PutString(std::string_view text, std::string* out) {
  PutVarint(text.size(), out);
  *out += text;
}

std::uint64_t ByteReader::Varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const std::uint8_t byte = Byte();
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  Break();
  return 0;
}

std::int64_t ByteReader::SignedVarint() {
  const std::uint64_t bits = Varint();
  return static_cast<std::int64_t>((bits >> 1) ^ ((bits & 1) != 0 ? ~std::uint64_t{0} : 0));
}

std::uint64_t ByteReader::Count() {
  const std::uint64_t count = Varint();
  if (count <= rest_.size()) return count;
  Break();
  return 0;
}

std::uint8_t ByteReader::Byte() {
  const std::string_view byte = Bytes(1);
  return byte.empty() ? 0 : static_cast<std::uint8_t>(byte[0]);
}

std::uint32_t ByteReader::Fixed32() {
  return static_cast<std::uint32_t>(Fixed(sizeof(std::uint32_t)));
}

std::uint64_t ByteReader::Fixed64() {
  return Fixed(sizeof(std::uint64_t));
}

std::uint64_t ByteReader::Fixed(std::size_t size) {
  const std::string_view bytes = Bytes(size);
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = (value << 8) | static_cast<std::uint8_t>(bytes[i]);
  }
  return value;
}

std::string_view ByteReader::Bytes(std::uint64_t size) {
  if (size > rest_.size()) {
    Break();
    return {};
  }
  const std::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

void ByteReader::Break() {
  broken_ = true;
  rest_ = {};
}

}  // namespace tocsin
