#pragma once

// Reads the fields of one protobuf message of foreign bytes, without a schema: a field that nobody
// asks for is passed over, nothing is read or allocated beyond the end. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

namespace tocsin::storage {

// A varint at the front of *bytes, taken off; nothing if there is none.
std::optional<std::uint64_t> TakeVarint(std::string_view* bytes);
// A varint and as many bytes as it says.
std::optional<std::string_view> TakePrefixed(std::string_view* bytes);

class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  // Goes to the next field. False at the end, and where the bytes are no field.
  bool Next();
  std::uint32_t field() const { return field_; }

  // The value of the field at hand. One of another wire type makes the message broken.
  std::uint64_t Varint();
  std::string_view Bytes();
  double Double();
  bool is_varint() const { return type_ == Type::kVarint; }

  bool broken() const { return broken_; }
  void Break() { broken_ = true; }

 private:
  enum class Type : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  bool Is(Type type);

  std::string_view rest_;
  std::uint32_t field_ = 0;
  Type type_ = Type::kVarint;
  std::uint64_t number_ = 0;  // Of a varint or a fixed64.
  std::string_view bytes_;
  bool broken_ = false;
};

}  // namespace tocsin::storage
