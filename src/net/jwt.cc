#include "net/jwt.h"

#include "base/base64.h"
#include "base/json_writer.h"
#include "net/openssl_handles.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <memory>
#include <string_view>

namespace tocsin::net {
namespace {

constexpr std::int64_t kLifetimeSeconds = 600;

using Context = std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>>;

// Without padding, and with the two letters that a URL may hold.
std::string Base64Url(std::string_view bytes) {
  std::string text = Base64Encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

std::string Header(const config::OAuth2& config) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject();
  json.Key("alg").String(config.signature_algorithm);
  json.Key("typ").String("JWT");
  if (!config.client_certificate_key_id.empty()) {
    json.Key("kid").String(config.client_certificate_key_id);
  }
  json.EndObject();
  return text;
}

// Those of the configuration, except where they would contradict the rest of it.
std::string Claims(const config::OAuth2& config, Time now) {
  boost::json::object claims;
  if (!config.claims.empty()) {
    boost::system::error_code error;
    const boost::json::value extra = boost::json::parse(config.claims, error);
    if (!error && extra.is_object()) claims = extra.get_object();
  }
  const std::int64_t seconds =
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  claims["iss"] = config.iss.empty() ? config.client_id : config.iss;
  claims["sub"] = config.client_id;
  claims["aud"] = config.audience.empty() ? config.token_url : config.audience;
  claims["iat"] = seconds;
  claims["exp"] = seconds + kLifetimeSeconds;
  std::string scope;
  for (const std::string& part : config.scopes) scope.append(scope.empty() ? "" : " ").append(part);
  if (!scope.empty()) claims["scope"] = scope;
  return boost::json::serialize(claims);
}

const EVP_MD* Digest(std::string_view algorithm) {
  if (algorithm == "RS384") return EVP_sha384();
  if (algorithm == "RS512") return EVP_sha512();
  return EVP_sha256();
}

Result<std::string> Sign(const std::string& text, std::string_view algorithm, const Secret& pem) {
  const std::string& bytes = pem.Reveal();
  const BioHandle bio = PemReader(bytes);
  const KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return Fail("client_certificate_key: no RSA key in PEM form without a passphrase");
  }
  const Context context(EVP_MD_CTX_new());
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  std::string signature;
  const bool sized =
      EVP_DigestSignInit(context.get(), nullptr, Digest(algorithm), nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, data, text.size()) == 1;
  signature.resize(size);
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (!sized || EVP_DigestSign(context.get(), out, &size, data, text.size()) != 1) {
    ERR_clear_error();
    return Fail("client_certificate_key: cannot sign with it");
  }
  signature.resize(size);
  return signature;
}

}  // namespace

Result<std::string> MakeAssertion(const config::OAuth2& config, const Secret& key, Time now) {
  const std::string text = Base64Url(Header(config)) + "." + Base64Url(Claims(config, now));
  const Result<std::string> signature = Sign(text, config.signature_algorithm, key);
  if (!signature) return tl::unexpected(signature.error());
  return text + "." + Base64Url(*signature);
}

}  // namespace tocsin::net
