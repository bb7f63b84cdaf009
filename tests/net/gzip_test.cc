#include "net/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace tocsin::net {
namespace {

std::string Gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string bytes(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

TEST(Gzip, WhateverWasPackedComesBack) {
  for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 1000000U}) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; i += 7) text[i] = static_cast<char>('a' + i % 26);
    EXPECT_EQ(Gunzip(Gzip(text), size), text) << size;
  }
}

TEST(Gzip, MembersFollowOneAnother) {
  EXPECT_EQ(Gunzip(Gzip("one ") + Gzip("") + Gzip("two"), 100), "one two");
}

TEST(Gzip, GivesNoMoreThanOneByteTooMuch) {
  const std::string bytes = Gzip(std::string(10000000, 'x'));
  EXPECT_LT(bytes.size(), 20000U);
  EXPECT_EQ(Gunzip(bytes, 1000)->size(), 1001U);
  EXPECT_EQ(Gunzip(Gzip("four"), 4), "four");
  EXPECT_EQ(Gunzip(Gzip("four"), 3)->size(), 4U);
}

TEST(Gzip, DamageIsNoticed) {
  const std::string good = Gzip("a text that is long enough to be damaged in many places");
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(Gunzip(good.substr(0, size), 1000)) << size;
  }
  std::string bad = good;
  bad[good.size() / 2] = static_cast<char>(bad[good.size() / 2] ^ 0x55);
  EXPECT_FALSE(Gunzip(bad, 1000));
  EXPECT_EQ(Gunzip(good + "rest", 1000).error().message, "gzip: incorrect header check");
  EXPECT_FALSE(Gunzip("not gzip at all", 1000));
}

}  // namespace
}  // namespace tocsin::net
