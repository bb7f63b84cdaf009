#include "storage/protobuf_reader.h"

#include <bit>
#include <limits>

namespace tocsin::storage {
namespace {

std::optional<std::string_view> TakeBytes(std::string_view* bytes, std::uint64_t size) {
  if (size > bytes->size()) return std::nullopt;
  const std::string_view taken = bytes->substr(0, size);
  bytes->remove_prefix(size);
  return taken;
}

}  // namespace

std::optional<std::uint64_t> TakeVarint(std::string_view* bytes) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = TakeBytes(bytes, 1);
    if (!byte) return std::nullopt;
    const auto bits = static_cast<std::uint8_t>(byte->front());
    value |= static_cast<std::uint64_t>(bits & 0x7f) << shift;
    if ((bits & 0x80) == 0) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> TakePrefixed(std::string_view* bytes) {
  const auto size = TakeVarint(bytes);
  return size ? TakeBytes(bytes, *size) : std::nullopt;
}

bool ProtobufReader::Next() {
  if (broken_ || rest_.empty()) return false;
  const auto tag = TakeVarint(&rest_);
  broken_ = !tag || *tag > std::numeric_limits<std::uint32_t>::max() || *tag < 8;
  if (broken_) return false;
  field_ = static_cast<std::uint32_t>(*tag >> 3);
  type_ = static_cast<Type>(*tag & 7);
  switch (type_) {
    case Type::kVarint: {
      const auto value = TakeVarint(&rest_);
      broken_ = !value;
      number_ = value.value_or(0);
      return !broken_;
    }
    case Type::kBytes: {
      const auto value = TakePrefixed(&rest_);
      broken_ = !value;
      bytes_ = value.value_or("");
      return !broken_;
    }
    case Type::kFixed64:
    case Type::kFixed32: {
      const auto value = TakeBytes(&rest_, type_ == Type::kFixed64 ? 8 : 4);
      broken_ = !value;
      number_ = 0;
      for (std::size_t i = value ? value->size() : 0; i-- > 0;) {
        number_ = (number_ << 8) | static_cast<std::uint8_t>((*value)[i]);
      }
      return !broken_;
    }
  }
  broken_ = true;  // Groups are of another age.
  return false;
}

bool ProtobufReader::Is(Type type) {
  broken_ = broken_ || type_ != type;
  return !broken_;
}

std::uint64_t ProtobufReader::Varint() {
  return Is(Type::kVarint) ? number_ : 0;
}

std::string_view ProtobufReader::Bytes() {
  return Is(Type::kBytes) ? bytes_ : std::string_view();
}

double ProtobufReader::Double() {
  return Is(Type::kFixed64) ? std::bit_cast<double>(number_) : 0;
}

}  // namespace tocsin::storage
