#include "net/server_tls.h"

#include "base/log.h"
#include "net/client_files.h"
#include "net/openssl_handles.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/system/system_error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tocsin::net {
namespace {

namespace ssl = boost::asio::ssl;
using ClientAuth = config::WebTlsConfig::ClientAuth;
using NamesHandle = std::unique_ptr<GENERAL_NAMES, OpensslDeleter<GENERAL_NAMES_free>>;

int ProtocolVersion(config::TlsVersion version) {
  constexpr std::array kVersions = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
  return kVersions[static_cast<std::size_t>(version)];
}

// Takes whatever the client has; it is not verified.
int TakeAnyCertificate(int, X509_STORE_CTX*) {
  return 1;
}

void SetClientAuth(ClientAuth auth, SSL_CTX* context) {
  const bool required = auth == ClientAuth::kRequireAny || auth == ClientAuth::kRequireAndVerify;
  const bool verified = auth == ClientAuth::kVerifyIfGiven || auth == ClientAuth::kRequireAndVerify;
  int mode = auth == ClientAuth::kNone ? SSL_VERIFY_NONE : SSL_VERIFY_PEER;
  if (required) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(context, mode, verified ? nullptr : TakeAnyCertificate);
}

// HTTP/1.1 is all there is; a client that does not name it gets no answer and may go on.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* offered, unsigned offered_size, void*) {
  constexpr std::string_view kHttp11 = "http/1.1";
  for (unsigned at = 0; at < offered_size; at += 1U + offered[at]) {
    const std::string_view name(reinterpret_cast<const char*>(offered) + at + 1, offered[at]);
    if (name != kHttp11) continue;
    *out = offered + at + 1;
    *out_size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

// IANA's names, of which Go leaves out the end in two cases.
Status SetCiphers(const std::vector<std::string>& suites, SSL_CTX* context) {
  std::string list;
  for (const std::string& suite : suites) {
    // Those of TLS 1.3 cannot be chosen.
    if (suite.starts_with("TLS_AES_") || suite.starts_with("TLS_CHACHA20_")) continue;
    std::string_view name = OPENSSL_cipher_name(suite.c_str());
    if (name == "(NONE)") name = OPENSSL_cipher_name((suite + "_SHA256").c_str());
    if (name == "(NONE)") return Fail("unknown cipher: " + suite);
    list += (list.empty() ? "" : ":") + std::string(name);
  }
  if (!list.empty() && SSL_CTX_set_cipher_list(context, list.c_str()) != 1) {
    return Fail("none of the cipher_suites can be used");
  }
  return {};
}

Status SetCurves(const std::vector<std::string>& curves, SSL_CTX* context) {
  std::string list;
  for (const std::string& curve : curves) {
    std::string name = curve;
    if (name.starts_with("CurveP")) name.replace(0, 6, "P-");
    list += (list.empty() ? "" : ":") + name;
  }
  if (!list.empty() && SSL_CTX_set1_groups_list(context, list.c_str()) != 1) {
    return Fail("none of the curve_preferences can be used");
  }
  return {};
}

Status SetChoices(const config::WebTlsConfig& config, SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, ProtocolVersion(config.min_version));
  SSL_CTX_set_max_proto_version(context, ProtocolVersion(config.max_version));
  // OpenSSL 3 refuses the old versions at its default security level.
  if (config.min_version < config::TlsVersion::kTls12) SSL_CTX_set_security_level(context, 0);
  if (config.prefer_server_cipher_suites) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  }
  SSL_CTX_set_alpn_select_cb(context, SelectProtocol, nullptr);
  constexpr unsigned char kSessions[] = "tocsin";
  SSL_CTX_set_session_id_context(context, kSessions, sizeof kSessions - 1);
  SetClientAuth(config.client_auth, context);
  if (Status status = SetCiphers(config.cipher_suites, context); !status) return status;
  return SetCurves(config.curve_preferences, context);
}

// As it is compared: an address in its one form.
std::string NameText(const GENERAL_NAME& name) {
  const auto text = [](const ASN1_STRING* string) {
    return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                       static_cast<std::size_t>(ASN1_STRING_length(string)));
  };
  switch (name.type) {
    case GEN_DNS:
      return text(name.d.dNSName);
    case GEN_EMAIL:
      return text(name.d.rfc822Name);
    case GEN_URI:
      return text(name.d.uniformResourceIdentifier);
    case GEN_IPADD: {
      const std::string bytes = text(name.d.iPAddress);
      boost::asio::ip::address_v4::bytes_type v4{};
      boost::asio::ip::address_v6::bytes_type v6{};
      if (bytes.size() == v4.size()) {
        std::copy(bytes.begin(), bytes.end(), v4.begin());
        return boost::asio::ip::address_v4(v4).to_string();
      }
      if (bytes.size() != v6.size()) return "";
      std::copy(bytes.begin(), bytes.end(), v6.begin());
      return boost::asio::ip::address_v6(v6).to_string();
    }
    default:
      return "";
  }
}

std::string Canonical(const std::string& name) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(name, error);
  return error ? name : address.to_string();
}

Result<std::string> TextOrFile(const char* key, const std::string& text, const std::string& file) {
  if (!text.empty() || file.empty()) return text;
  Result<std::string> content = ReadClientFile(file);
  if (!content) return Fail(std::string(key) + ": " + content.error().message);
  return content;
}

}  // namespace

Result<std::shared_ptr<ServerTls>> ServerTls::Open(config::WebTlsConfig config) {
  auto tls = std::make_shared<ServerTls>();
  if (Status status = tls->SetConfig(std::move(config)); !status) {
    return tl::unexpected<Error>(std::move(status.error()));
  }
  return tls;
}

Status ServerTls::SetConfig(config::WebTlsConfig config) {
  Result<Material> material = Read(config);
  if (!material) return tl::unexpected<Error>(std::move(material.error()));
  Result<ContextPtr> context = Build(config, *material);
  if (!context) return tl::unexpected<Error>(std::move(context.error()));
  const std::lock_guard lock(mutex_);
  config_ = std::move(config);
  material_ = *std::move(material);
  context_ = *std::move(context);
  failing_ = false;
  return {};
}

ServerTls::ContextPtr ServerTls::Context() {
  if (refresh_) refresh_();
  const std::lock_guard lock(mutex_);
  Result<Material> material = Read(config_);
  if (material && *material == material_) {
    failing_ = false;
    return context_;
  }
  Result<ContextPtr> context =
      material ? Build(config_, *material) : Result<ContextPtr>(tl::unexpected(material.error()));
  const bool failed_before = std::exchange(failing_, !context);
  if (context) {
    log::Info("The server's certificate was renewed", {{"component", "web"}});
    material_ = *std::move(material);
    context_ = *std::move(context);
  } else if (!failed_before) {
    log::Err("The server's certificate cannot be renewed",
             {{"component", "web"}, {"err", context.error().message}});
  }
  return context_;
}

bool ServerTls::Accepts(SSL* connection) {
  std::vector<std::string> allowed;
  {
    const std::lock_guard lock(mutex_);
    allowed = config_.client_allowed_sans;
  }
  if (allowed.empty()) return true;
  const CertificateHandle certificate(SSL_get1_peer_certificate(connection));
  if (!certificate) return true;  // None was asked for, or none had to be given.
  const NamesHandle names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count; ++i) {
    const std::string name = NameText(*sk_GENERAL_NAME_value(names.get(), i));
    for (const std::string& wanted : allowed) {
      if (!name.empty() && name == Canonical(wanted)) return true;
    }
  }
  return false;
}

Result<ServerTls::Material> ServerTls::Read(const config::WebTlsConfig& config) {
  Material material;
  const struct {
    const char* key;
    const std::string& text;
    const std::string& file;
    std::string* out;
  } parts[] = {
      {"cert_file", config.cert, config.cert_file, &material.cert},
      {"key_file", config.key.Reveal(), config.key_file, &material.key},
      {"client_ca_file", config.client_ca, config.client_ca_file, &material.client_ca},
  };
  for (const auto& part : parts) {
    Result<std::string> content = TextOrFile(part.key, part.text, part.file);
    if (!content) return tl::unexpected<Error>(std::move(content.error()));
    *part.out = *std::move(content);
  }
  return material;
}

Result<ServerTls::ContextPtr> ServerTls::Build(const config::WebTlsConfig& config,
                                               const Material& material) {
  const char* part = "";
  try {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    SSL_CTX_set_default_passwd_cb(context->native_handle(), NoPassphrase);
    part = "cert: ";
    context->use_certificate_chain(boost::asio::buffer(material.cert));
    part = "key: ";
    context->use_private_key(boost::asio::buffer(material.key), ssl::context::pem);
    if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
      return Fail("the key does not belong to the certificate");
    }
    part = "client_ca: ";
    if (!material.client_ca.empty()) {
      context->add_certificate_authority(boost::asio::buffer(material.client_ca));
      TrustWhatIsGiven(context->native_handle());
    }
    if (Status status = SetChoices(config, context->native_handle()); !status) {
      return tl::unexpected<Error>(std::move(status.error()));
    }
    return context;
  } catch (const boost::system::system_error& error) {
    return Fail(part + error.code().message());
  }
}

bool IsPlainHttp(const boost::system::error_code& error) {
  return error.category() == boost::asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
}

}  // namespace tocsin::net
