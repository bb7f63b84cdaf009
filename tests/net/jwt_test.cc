#include "net/jwt.h"

#include "base/base64.h"
#include "base/text.h"
#include "tests/net/certificates.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

namespace tocsin::net {
namespace {

struct Deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter>;

Key ReadKey(const Secret& pem) {
  const std::unique_ptr<BIO, Deleter> bio(
      BIO_new_mem_buf(pem.Reveal().data(), static_cast<int>(pem.Reveal().size())));
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

std::string Decoded(std::string_view part) {
  std::string text(part);
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (text.size() % 4 != 0) text += '=';
  return Base64Decode(text).value_or("not base64");
}

bool IsSignedBy(const Secret& pem, const EVP_MD* digest, std::string_view token) {
  const std::size_t dot = token.rfind('.');
  const std::string signature = Decoded(token.substr(dot + 1));
  const Key key = ReadKey(pem);
  const std::unique_ptr<EVP_MD_CTX, Deleter> context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(token.data()),
                          dot) == 1;
}

TEST(MakeAssertion, SignsTheClaims) {
  const Secret key(MakeRsaKey());
  config::OAuth2 config;
  config.client_id = "id";
  config.token_url = "https://auth/token";
  const Time now{std::chrono::seconds(1700000000)};
  std::string token = MakeAssertion(config, key, now).value();
  EXPECT_EQ(token.find_first_of("+/="), std::string::npos);
  std::vector<std::string_view> parts = Split(token, '.');
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(Decoded(parts[0]), R"({"alg":"RS256","typ":"JWT"})");
  EXPECT_EQ(boost::json::parse(Decoded(parts[1])),
            boost::json::parse(R"({"iss":"id","sub":"id","aud":"https://auth/token",
                                   "iat":1700000000,"exp":1700000600})"));
  EXPECT_TRUE(IsSignedBy(key, EVP_sha256(), token));
  EXPECT_FALSE(IsSignedBy(Secret(MakeRsaKey()), EVP_sha256(), token));

  config.signature_algorithm = "RS512";
  config.client_certificate_key_id = "k1";
  config.iss = "me";
  config.audience = "you";
  config.scopes = {"a", "b"};
  config.claims = R"({"team":["x"],"sub":"somebody else"})";
  token = MakeAssertion(config, key, now).value();
  parts = Split(token, '.');
  EXPECT_EQ(Decoded(parts[0]), R"({"alg":"RS512","typ":"JWT","kid":"k1"})");
  EXPECT_EQ(boost::json::parse(Decoded(parts[1])),
            boost::json::parse(R"({"team":["x"],"iss":"me","sub":"id","aud":"you","scope":"a b",
                                   "iat":1700000000,"exp":1700000600})"));
  EXPECT_TRUE(IsSignedBy(key, EVP_sha512(), token));
}

TEST(MakeAssertion, NeedsAnRsaKey) {
  const Secret elliptic(MakeAuthority().key);
  for (const Secret& pem : {Secret("nonsense"), Secret(), elliptic}) {
    const Result<std::string> token = MakeAssertion({}, pem, Time{});
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().message,
              "client_certificate_key: no RSA key in PEM form without a passphrase");
  }
}

}  // namespace
}  // namespace tocsin::net
