import { useClient, type StorageError } from '@topgun/react';
import { useEffect, useState, type ReactNode } from 'react';

/** Browser storage can fail under an app. Whoever writes here should know. */
export function StorageNotice(): ReactNode {
  const client = useClient();
  const [issue, setIssue] = useState<StorageError | null>(null);
  useEffect(() => client.onStorageIssue((told) => setIssue(told.isOver === true ? null : told)), [client]);
  return issue === null ? null : (
    <p className="notice" role="alert">
      {issue.message}
    </p>
  );
}
