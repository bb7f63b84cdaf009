#include "net/tls_check.h"

#include "net/client_files.h"
#include "net/openssl_handles.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <optional>
#include <utility>

namespace tocsin::net {
namespace {

CertificateHandle FirstCertificate(const std::string& pem) {
  return CertificateHandle(PEM_read_bio_X509_AUX(PemReader(pem).get(), nullptr, nullptr, nullptr));
}

class Check {
 public:
  explicit Check(const config::TlsConfig& tls) : tls_(tls) {}
  ~Check() { ERR_clear_error(); }
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;

  std::vector<TlsProblem> Run() {
    if (const auto ca = Content("ca_file", tls_.ca, tls_.ca_file)) {
      if (!FirstCertificate(*ca)) Report(At("ca", tls_.ca), "no certificate in PEM form");
    }
    CheckIdentity();
    return std::move(problems_);
  }

 private:
  static std::string_view At(std::string_view key, const std::string& inline_value) {
    if (!inline_value.empty()) return key;
    return key == "ca" ? "ca_file" : key == "cert" ? "cert_file" : "key_file";
  }

  void Report(std::string_view key, std::string message) {
    problems_.push_back({key, std::string(key) + ": " + std::move(message)});
  }

  // Nothing if nothing is configured, or if it cannot be read, which is reported.
  std::optional<std::string> Content(std::string_view file_key, const std::string& inline_value,
                                     const std::string& path) {
    if (!inline_value.empty()) return inline_value;
    if (path.empty()) return std::nullopt;
    Result<std::string> content = ReadClientFile(path);
    if (content) return *std::move(content);
    Report(file_key, content.error().message);
    return std::nullopt;
  }

  void CheckIdentity() {
    const auto cert_pem = Content("cert_file", tls_.cert, tls_.cert_file);
    const auto key_pem = Content("key_file", tls_.key.Reveal(), tls_.key_file);
    CertificateHandle certificate;
    if (cert_pem && !(certificate = FirstCertificate(*cert_pem))) {
      Report(At("cert", tls_.cert), "no certificate in PEM form");
    }
    if (!key_pem) return;
    const std::string_view key_at = At("key", tls_.key.Reveal());
    const KeyHandle key(
        PEM_read_bio_PrivateKey(PemReader(*key_pem).get(), nullptr, NoPassphrase, nullptr));
    if (!key) {
      Report(key_at, "no private key in PEM form without a passphrase");
    } else if (certificate && X509_check_private_key(certificate.get(), key.get()) != 1) {
      Report(key_at, "the key does not belong to the certificate");
    }
  }

  const config::TlsConfig& tls_;
  std::vector<TlsProblem> problems_;
};

}  // namespace

std::vector<TlsProblem> CheckTls(const config::TlsConfig& tls) {
  return Check(tls).Run();
}

}  // namespace tocsin::net
