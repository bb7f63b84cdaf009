#include "net/tls_contexts.h"

#include "base/clock.h"
#include "net/openssl_handles.h"

#include <boost/asio/buffer.hpp>
#include <boost/system/system_error.hpp>
#include <openssl/ssl.h>

#include <algorithm>

namespace tocsin::net {
namespace {

namespace ssl = boost::asio::ssl;

constexpr std::size_t kEntriesMax = 16;
// The system's roots may have been updated.
constexpr Duration kAgeMax = std::chrono::hours(1);

int ProtocolVersion(config::TlsVersion version) {
  switch (version) {
    case config::TlsVersion::kTls10:
      return TLS1_VERSION;
    case config::TlsVersion::kTls11:
      return TLS1_1_VERSION;
    case config::TlsVersion::kTls12:
      return TLS1_2_VERSION;
    case config::TlsVersion::kTls13:
      return TLS1_3_VERSION;
  }
  return TLS1_2_VERSION;
}

void SetVersions(const TlsMaterial& material, SSL_CTX* context) {
  const config::TlsVersion min = material.min_version.value_or(config::TlsVersion::kTls12);
  SSL_CTX_set_min_proto_version(context, ProtocolVersion(min));
  if (material.max_version) {
    SSL_CTX_set_max_proto_version(context, ProtocolVersion(*material.max_version));
  }
  // OpenSSL 3 refuses the old versions at its default security level.
  if (min < config::TlsVersion::kTls12) SSL_CTX_set_security_level(context, 0);
}

void SetCertificates(const TlsMaterial& material, ssl::context* context) {
  if (material.insecure_skip_verify) {
    context->set_verify_mode(ssl::verify_none);
  } else {
    context->set_verify_mode(ssl::verify_peer);
  }
  if (material.ca.empty()) {
    context->set_default_verify_paths();
  } else {
    context->add_certificate_authority(boost::asio::buffer(material.ca));
    TrustWhatIsGiven(context->native_handle());
  }
  if (!material.cert.empty()) {
    context->use_certificate_chain(boost::asio::buffer(material.cert));
    context->use_private_key(boost::asio::buffer(material.key.Reveal()), ssl::context::pem);
  }
}

Result<TlsContexts::ContextPtr> BuildContext(const TlsMaterial& material) {
  try {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    SetVersions(material, context->native_handle());
    SetCertificates(material, context.get());
    return context;
  } catch (const boost::system::system_error& error) {
    return Fail("TLS configuration: " + error.code().message());
  }
}

}  // namespace

Result<TlsContexts::ContextPtr> TlsContexts::Get(TlsMaterial material) {
  material.server_name.clear();  // Belongs to the connection.
  const Duration now = MonotonicNow();
  entries_.remove_if([now](const Entry& entry) { return now - entry.created > kAgeMax; });
  const auto it = std::find_if(entries_.begin(), entries_.end(), [&material](const Entry& entry) {
    return entry.material == material;
  });
  if (it != entries_.end()) return it->context;

  Result<ContextPtr> context = BuildContext(material);
  if (!context) return context;
  entries_.push_front({std::move(material), *context, now});
  if (entries_.size() > kEntriesMax) entries_.pop_back();
  return context;
}

}  // namespace tocsin::net
