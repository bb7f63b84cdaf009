#pragma once

// Owners of OpenSSL's objects, and text as its readers want it.

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <string>

namespace tocsin::net {

template <auto Free>
struct OpensslDeleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using BioHandle = std::unique_ptr<BIO, OpensslDeleter<BIO_free>>;
using CertificateHandle = std::unique_ptr<X509, OpensslDeleter<X509_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;

// Reads `pem`, which must outlive it.
inline BioHandle PemReader(const std::string& pem) {
  return BioHandle(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// An authority that is given counts as one though another has signed it, as an intermediate or the
// server's own certificate, which is pinned so. Go and libcurl do the same.
inline void TrustWhatIsGiven(SSL_CTX* context) {
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
}

// Instead of asking for the passphrase of an encrypted key at the terminal.
inline int NoPassphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace tocsin::net
