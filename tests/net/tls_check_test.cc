#include "net/tls_check.h"

#include "tests/net/certificates.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace tocsin::net {
namespace {

std::string Messages(const config::TlsConfig& tls) {
  std::string all;
  for (const TlsProblem& problem : CheckTls(tls)) all += problem.message + "\n";
  return all;
}

TEST(CheckTls, FindsWhatAHandshakeWouldStumbleOver) {
  const Identity authority = MakeAuthority();
  const Identity one = MakeCertificate(authority, "DNS:one");
  const Identity other = MakeCertificate(authority, "DNS:other");
  const std::string encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
  struct Case {
    std::string ca, cert, key, problems;
  };
  const std::string no_cert = ": no certificate in PEM form\n";
  const std::string no_key = ": no private key in PEM form without a passphrase\n";
  const std::vector<Case> cases = {
      {"", "", "", ""},
      {authority.certificate, one.certificate, one.key, ""},
      {"", one.certificate + authority.certificate, "\n" + one.key, ""},
      {"", one.key + one.certificate, one.certificate + one.key, ""},
      {authority.key, "", "", "ca" + no_cert},
      {"", "x", one.key, "cert" + no_cert},
      {"", one.certificate, "x", "key" + no_key},
      {"", one.certificate, encrypted, "key" + no_key},
      {"", "x", "x", "cert" + no_cert + "key" + no_key},
      {"", one.certificate, other.key, "key: the key does not belong to the certificate\n"},
  };
  for (const Case& c : cases) {
    config::TlsConfig tls;
    tls.ca = c.ca;
    tls.cert = c.cert;
    tls.key = Secret(c.key);
    EXPECT_EQ(Messages(tls), c.problems);
  }
}

TEST(CheckTls, ReadsFiles) {
  std::string folder = (std::filesystem::temp_directory_path() / "tocsin-tls-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const Identity authority = MakeAuthority();
  config::TlsConfig tls;
  tls.ca_file = tls.cert_file = folder + "/cert.pem";
  tls.key_file = folder + "/key.pem";
  std::ofstream(tls.cert_file) << authority.certificate;
  EXPECT_EQ(Messages(tls), "key_file: read " + tls.key_file + ": No such file or directory\n");
  std::ofstream(tls.key_file) << authority.key;
  EXPECT_EQ(Messages(tls), "");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tocsin::net
