#include "base/hash.h"

#include <gtest/gtest.h>

namespace tocsin {

namespace {

TEST(Hash, Fnv1a) {
  EXPECT_EQ(Fnv1a64(""), kFnvOffsetBasis);
  EXPECT_EQ(Fnv1a64("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(Fnv1a64("foobar"), 0x85944171f73967e8ULL);
  EXPECT_EQ(Fnv1a64("bar", Fnv1a64("foo")), Fnv1a64("foobar"));
}

TEST(Hash, XxHash64) {
  EXPECT_EQ(XxHash64(""), 0xef46db3751d8e999ULL);
  EXPECT_EQ(XxHash64("a"), 0xd24ec4f1a98c6e5bULL);
}

TEST(Hash, Digests) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // MD5("abc") begins 90 01 50 98 3c d2.
  EXPECT_EQ(Md5Prefix48("abc"), 0xd23c98500190ULL);
}

TEST(Hash, Md5SuffixIsTheEndOfTheDigest) {
  // acbd18db4cc2f85c edef654fccc4a4d8
  EXPECT_EQ(Md5Suffix64("foo"), 0xedef654fccc4a4d8U);
}

TEST(Hash, Hex16) {
  EXPECT_EQ(Hex16(0), "0000000000000000");
  EXPECT_EQ(Hex16(0x977a817a68c7f06cULL), "977a817a68c7f06c");
}

}  // namespace

}  // namespace tocsin
