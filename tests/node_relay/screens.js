// What an app on Relay asks for. relay-compiler reads it; nothing runs it.
import { graphql } from "relay-runtime";

graphql`
  query screensHomeQuery($id: ID!, $first: Int!) {
    viewer {
      displayName
      ...screens_cases @arguments(first: $first)
    }
    node(id: $id) {
      ...screens_case @alias(as: "opened")
    }
  }
`;

graphql`
  fragment screens_cases on Viewer
  @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }, stage: { type: "Stage" })
  @refetchable(queryName: "screensCasesPageQuery") {
    cases(first: $first, after: $after, stage: $stage, freshness: KNOWN)
      @connection(key: "screens_cases", filters: ["stage"]) {
      isComplete
      edges {
        node {
          id
          number
          stage
        }
      }
      pageInfo {
        hasPreviousPage
      }
    }
  }
`;

graphql`
  fragment screens_case on Case @refetchable(queryName: "screensCaseQuery") {
    number
    updatedAt
    platform {
      code
    }
  }
`;

graphql`
  mutation screensRegisterMutation($input: RegisterDeviceInput!) {
    registerDevice(input: $input) {
      id
      errors {
        code
      }
    }
  }
`;

graphql`
  subscription screensCaseSubscription($after: String) {
    caseChanged(after: $after) {
      id
      case {
        ...screens_case
      }
    }
  }
`;
