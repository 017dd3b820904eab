{{/* Settings of every service; secrets are files. Argument: dict "root" $ "part" "intel" */}}
{{- define "vman.commonEnv" -}}
{{- $nats := .root.Values.nats -}}
- name: VMAN_LOG_LEVEL
  value: {{ .root.Values.logLevel | quote }}
- name: VMAN_NATS_URL
  value: {{ include "vman.natsUrl" .root | quote }}
{{- if include "vman.natsSecret" .root }}
- name: VMAN_NATS_TOKEN_FILE
  value: /etc/vman/nats/token
{{- end }}
{{- if $nats.credentials.existingSecret }}
- name: VMAN_NATS_CREDENTIALS_FILE
  value: /etc/vman/nats-credentials/{{ .part }}.creds
{{- if and (eq .part "intel") $nats.credentials.accountSeedKey }}
- name: VMAN_BUS_ACCOUNT_SEED_FILE
  value: /etc/vman/nats-credentials/account.seed
{{- end }}
{{- end }}
{{- if $nats.tls.existingSecret }}
- name: VMAN_NATS_CA_FILE
  value: /etc/vman/nats-tls/ca.crt
{{- if $nats.tls.certKey }}
- name: VMAN_NATS_CERT_FILE
  value: /etc/vman/nats-tls/tls.crt
- name: VMAN_NATS_KEY_FILE
  value: /etc/vman/nats-tls/tls.key
{{- end }}
{{- end }}
{{- end -}}

{{- define "vman.moreEnv" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- define "vman.natsMount" -}}
{{- if include "vman.natsSecret" .root }}
- name: nats
  mountPath: /etc/vman/nats
  readOnly: true
{{- end }}
{{- if .root.Values.nats.credentials.existingSecret }}
- name: nats-credentials
  mountPath: /etc/vman/nats-credentials
  readOnly: true
{{- end }}
{{- if .root.Values.nats.tls.existingSecret }}
- name: nats-tls
  mountPath: /etc/vman/nats-tls
  readOnly: true
{{- end }}
{{- end -}}

{{- define "vman.natsVolume" -}}
{{- $nats := .root.Values.nats -}}
{{- if include "vman.natsSecret" .root }}
- name: nats
  secret:
    secretName: {{ include "vman.natsSecret" .root }}
    defaultMode: 0440
    items:
      - key: {{ ternary "token" $nats.secretKey $nats.bundled.enabled }}
        path: token
{{- end }}
{{- with $nats.credentials }}
{{- if .existingSecret }}
- name: nats-credentials
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ eq $.part "intel" | ternary .intelKey .observerKey }}
        path: {{ $.part }}.creds
      {{- if and (eq $.part "intel") .accountSeedKey }}
      - key: {{ .accountSeedKey }}
        path: account.seed
      {{- end }}
{{- end }}
{{- end }}
{{- with $nats.tls }}
{{- if .existingSecret }}
- name: nats-tls
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ .caKey }}
        path: ca.crt
      {{- if .certKey }}
      - key: {{ .certKey }}
        path: tls.crt
      - key: {{ .keyKey }}
        path: tls.key
      {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Argument: dict "root" $ "part" "intel" */}}
{{- define "vman.podMetadata" -}}
labels:
  {{- include "vman.labels" . | nindent 2 }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .root.Values.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Service links would put a VMAN_INTEL_PORT of Kubernetes' making into the environment. */}}
{{- define "vman.podBasics" -}}
serviceAccountName: {{ include "vman.fullname" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "vman.unprivilegedPod" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 10740
  runAsGroup: 10740
  fsGroup: 10740
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{- define "vman.unprivilegedContainer" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{- define "vman.probes" -}}
startupProbe:
  httpGet: { path: /live, port: http }
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /live, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /ready, port: http }
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
{{- end -}}
