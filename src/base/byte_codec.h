#pragma once

// Bytes for a disk: numbers of variable length (LEB128), fixed ones little-endian, strings with
// their length before them. What is read may be anybody's bytes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

void PutVarint(std::uint64_t value, std::string* out);
// Small for numbers near zero on either side.
void PutSignedVarint(std::int64_t value, std::string* out);
void PutFixed32(std::uint32_t value, std::string* out);
void PutFixed64(std::uint64_t value, std::string* out);
void PutString(std::string_view text, std::string* out);

// Reads from the front. After the first thing that is not there everything reads as empty, and
// `finished` says false. The bytes outlive it and what it returns.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t Varint();
  std::int64_t SignedVarint();
  // A list's: each member takes a byte at least, so that a wrong count cannot make us allocate.
  std::uint64_t Count();
  std::uint8_t Byte();
  std::uint32_t Fixed32();
  std::uint64_t Fixed64();
  std::string_view String() { return Bytes(Varint()); }
  // So many bytes as they are.
  std::string_view Bytes(std::uint64_t size);

  // For who sees that what was read makes no sense.
  void Break();
  bool broken() const { return broken_; }
  bool finished() const { return !broken_ && rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

 private:
  std::uint64_t Fixed(std::size_t bytes);

  std::string_view rest_;
  bool broken_ = false;
};

}  // namespace tocsin
