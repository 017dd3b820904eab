{{/* Settings of every service; secrets are files. */}}
{{- define "vman.commonEnv" -}}
- name: VMAN_LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
- name: VMAN_NATS_URL
  value: {{ include "vman.natsUrl" . | quote }}
{{- if include "vman.natsSecret" . }}
- name: VMAN_NATS_TOKEN_FILE
  value: /etc/vman/nats/token
{{- end }}
{{- end -}}

{{- define "vman.moreEnv" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- define "vman.natsMount" -}}
{{- if include "vman.natsSecret" . }}
- name: nats
  mountPath: /etc/vman/nats
  readOnly: true
{{- end }}
{{- end -}}

{{- define "vman.natsVolume" -}}
{{- if include "vman.natsSecret" . }}
- name: nats
  secret:
    secretName: {{ include "vman.natsSecret" . }}
    defaultMode: 0440
    items:
      - key: {{ ternary "token" .Values.nats.secretKey .Values.nats.bundled.enabled }}
        path: token
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
