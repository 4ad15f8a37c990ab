"""Words for asking platform 31: every field of its schema."""

LIN = {"type": "111", "number": "440106199203179941"}

MATTERS = """query Matters($type: String!, $number: String!, $limit: Int!, $offset: Int!) {
  matters(documentType: $type, documentNumber: $number, limit: $limit, offset: $offset) {
    totalCount
    nodes {
      matterNo channel kind appliedAt acceptedAt promisedOn updatedAt
      item { name basicCode implementationCode handlingCode version }
      applicant { name documentType documentNumber }
      contact { name mobile }
      unit { name creditCode phone division }
      links {
        id code otherCode name startedAt endedAt handler unitName opinion specialProcedure
        result { code decidedOn reason certificateName certificateNumber delivery }
      }
      materials { id name form copies extra demandedAt receivedAt }
      rating { satisfaction ratedAt }
    }
  }
}"""
CERTIFICATES = """query Certificates($type: String!, $number: String!, $limit: Int!, $offset: Int!) {
  certificates(documentType: $type, documentNumber: $number, limit: $limit, offset: $offset) {
    totalCount
    nodes {
      identifier number name typeCode issuedOn validFrom validUntil status matterNo updatedAt
      issuer { name creditCode }
      holder { name documentType documentNumber }
    }
  }
}"""
