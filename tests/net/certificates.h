#pragma once

// X.509 for tests, made afresh in each run: nothing expires in the repository.

#include <string>

namespace tocsin::net {

struct Identity {
  std::string certificate;  // PEM.
  std::string key;
};

Identity MakeAuthority();
std::string MakeRsaKey();  // PEM.
// `names` in OpenSSL's notation: `DNS:localhost,IP:127.0.0.1`.
Identity MakeCertificate(const Identity& authority, const std::string& names);

}  // namespace tocsin::net
