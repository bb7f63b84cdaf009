#pragma once

// Owners of OpenSSL's objects, and text as its readers want it.

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

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

// Instead of asking for the passphrase of an encrypted key at the terminal.
inline int NoPassphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace tocsin::net
